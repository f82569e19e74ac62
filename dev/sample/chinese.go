package sample

import (
	"encoding/csv"
	"strings"

	"dunlin/invoice"
)

// chineseNames are what the bank calls currencies.
var chineseNames = map[invoice.Currency]string{"CNY": "人民币", "USD": "美元", "JPY": "日元"}

// BankOfChina writes the CSV that the Bank of China (中国银行) exports: rows with a running balance, and no reference
// of the bank's. Days without a line do not show.
func BankOfChina(all []Statement) []byte {
	var b strings.Builder
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	rows := [][]string{{"记账日期", "记账时间", "币别", "金额", "余额", "交易名称", "渠道", "附言", "借记卡号", "对方账户名", "对方卡号/账号"}}
	for i := range all {
		s := &all[i]
		balance := s.Opening
		for _, l := range s.Lines {
			balance += l.Minor
			_, kind := side(l.Minor, "转账汇入", "转账汇出")
			rows = append(rows, []string{l.Booked.String(), "10:15:00", chineseNames[s.Currency], s.decimal(l.Minor), s.decimal(balance), kind, "企业网银", l.Text, s.Account, l.Name, l.Account})
		}
	}
	_ = w.WriteAll(rows) // a Builder takes everything
	return []byte(b.String())
}
