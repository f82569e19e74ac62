package message_test

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"dunlin/invoice"
	"dunlin/message"

	"github.com/stretchr/testify/require"
)

func cny(minor int64) invoice.Money { return invoice.NewMoney(minor, "CNY") }

// chinese is a letter between two companies in China: every fact in it is written in Chinese.
func chinese(template string) message.Letter {
	zone := time.FixedZone("Asia/Shanghai", 8*3600)
	l := message.Letter{
		Template: template, Language: "zh", Today: time.Date(2026, time.May, 21, 9, 0, 0, 0, zone),
		Creditor: invoice.Creditor{
			ID: "dongfang", Name: "上海东方工具有限公司", Address: "上海市静安区江宁路12号", Country: "CN", Person: "王敏", Role: "应收账款专员",
			SenderEmail: "billing@dongfang.example", ReplyTo: "wangmin@dongfang.example", Phone: "+862155501000", SMSFrom: "10690000",
			BankAccounts: []invoice.Bank{{Holder: "上海东方工具有限公司", Account: "1001 2345 6789 0123", Name: "中国银行上海分行", Currency: "CNY"}},
			Lawyer:       invoice.Partner{Name: "上海正和律师事务所", Email: "case@zhenghe.example"},
			Agency:       invoice.Partner{Name: "华信账款服务有限公司", Email: "new@huaxin.example"},
		},
		Debtor:  invoice.Debtor{ID: "C-8", Name: "北京贝塔物流有限公司", Type: invoice.Business, Country: "CN", Zone: "Asia/Shanghai"},
		Contact: invoice.Contact{Channel: invoice.Email, Address: "ap@beita.example", Name: "李娜"},
		Lines:   []message.Line{chineseLine("INV-1", 1_234_56)},
		PayBy:   invoice.NewDate(2026, time.June, 4), PlaceOn: invoice.NewDate(2026, time.June, 5), Route: "lawyer", Reason: "paid",
		TimeLeft: 6*time.Hour + time.Second, PaidOn: invoice.NewDate(2026, time.May, 12), MessageOn: invoice.NewDate(2026, time.May, 14),
		Instalments: []message.Instalment{
			{N: 1, DueOn: invoice.NewDate(2026, time.May, 14), Amount: cny(411_52), Open: cny(0)},
			{N: 2, DueOn: invoice.NewDate(2026, time.June, 14), Amount: cny(411_52), Open: cny(111_52)},
			{N: 3, DueOn: invoice.NewDate(2026, time.July, 14), Amount: cny(411_52), Open: cny(411_52)},
		},
		Instalment: 2,
	}
	if strings.HasPrefix(template, "order-") {
		o := chineseLine("ORD-9", 249_00)
		o.DueOn, o.DaysOverdue, o.Goods, o.ExpiresAt = invoice.Date{}, 0, "橡木椅2把", time.Date(2026, time.May, 21, 15, 0, 0, 0, zone)
		l.Lines[0] = o
	}
	return l
}

func chineseLine(number string, minor int64) message.Line {
	return message.Line{
		Number: number, Step: "s", Ref: number + "/C", Total: cny(minor), Balance: cny(minor), IssuedOn: invoice.NewDate(2026, time.April, 14),
		DueOn: invoice.NewDate(2026, time.May, 14), DaysOverdue: 7, Reference: "PO-77", PayURL: "https://pay.dongfang.example/" + number,
	}
}

// chineseSeveral is to a consumer, over three invoices: one paid in part, one in dollars and at another step.
func chineseSeveral(template string) message.Letter {
	l := chinese(template)
	second, third := l.Lines[0], l.Lines[0]
	second.Number, second.Ref, second.Balance, second.Total = "INV-2", "INV-2/B", cny(100_00), cny(250_00)
	third.Number, third.Ref, third.Balance, third.Total, third.Step = "INV-3", "INV-3/A", invoice.NewMoney(98_00, "USD"), invoice.NewMoney(98_00, "USD"), "t"
	l.Lines = append(l.Lines, second, third)
	l.Debtor.Type, l.Route, l.Reason = invoice.Consumer, "agency", "cancelled"
	return l
}

// chineseBare lacks whatever may be missing; part of the invoice is in dispute, and it is due today.
func chineseBare(template string) message.Letter {
	l := chinese(template)
	l.Creditor.Address, l.Creditor.Role, l.Creditor.Phone, l.Creditor.BankAccounts, l.Contact.Name = "", "", "", nil, ""
	l.TimeLeft, l.Reason, l.Seal = 0, "", "5e1a"
	n := &l.Lines[0]
	n.Reference, n.Goods, n.PayURL, n.IssuedOn, n.DaysOverdue, n.Disputed = "", "", "", invoice.Date{}, 0, cny(100_00)
	if n.ExpiresAt.IsZero() {
		n.DueOn = invoice.DateOf(l.Today)
	}
	return l
}

var chineseCases = []struct {
	name string
	make func(string) message.Letter
}{{"one", chinese}, {"several", chineseSeveral}, {"bare", chineseBare}}

// eachChinese renders every template in Chinese in each of the cases; body is empty where there is no text message.
func eachChinese(t *testing.T, check func(name string, l message.Letter, e message.Email, body string)) {
	t.Helper()
	c := templates(t)
	for _, name := range c.Names() {
		for _, with := range chineseCases {
			l := with.make(name)
			e, err := c.Email(l)
			require.NoError(t, err, name)
			require.Equal(t, "zh", e.Language, "%s is not translated", name)
			body := ""
			if c.HasSMS(name) {
				l.Contact = invoice.Contact{Channel: invoice.SMS, Address: "+8613800138000", Name: l.Contact.Name}
				m, err := c.SMS(l)
				require.NoError(t, err, name)
				require.Equal(t, "zh", m.Language, "%s is not translated", name)
				body = m.Body
			}
			check(name+"-"+with.name, l, e, body)
		}
	}
}

var (
	links      = regexp.MustCompile(`https://\S+|\S+@\S+?\.example`)
	latinWord  = regexp.MustCompile(`[A-Za-z]+`)
	halfWidth  = regexp.MustCompile(`\p{Han}\s*[,.;:!?()"']|[,;:!?(]\s*\p{Han}`)
	hanGap     = regexp.MustCompile(`\p{Han}[ \t]+\p{Han}`)
	doubleMark = regexp.MustCompile(`[，。：；、][，。：；、]`)
	chineseOK  = map[string]bool{
		"INV": true, "ORD": true, "PO": true, "A": true, "B": true, "C": true, "Ref": true, "US": true, // numbers, and US$
		"IBAN": true, "BIC": true, "HTML": true, "JSON": true, "SHA": true, "e": true, "a": true, // 5e1a is a sum
		"T": true, // the answer that ends text messages
	}
)

func TestChineseIsAllChinese(t *testing.T) {
	t.Parallel()
	eachChinese(t, func(name string, _ message.Letter, e message.Email, body string) {
		for _, s := range []string{e.Subject, e.Text, body, seen(e.HTML)} {
			for _, word := range latinWord.FindAllString(links.ReplaceAllString(s, ""), -1) {
				require.True(t, chineseOK[word], "%s: %q in\n%s", name, word, s)
			}
			require.Empty(t, doubleMark.FindString(s), "%s\n%s", name, s)
			require.Equal(t, strings.Count(s, "（"), strings.Count(s, "）"), name)
		}
		for _, s := range []string{e.Subject, e.Text, body} { // seen puts spaces of its own between cells
			require.Empty(t, halfWidth.FindString(s), "%s\n%s", name, s)
			require.Empty(t, hanGap.FindString(s), "%s\n%s", name, s)
		}
		for _, node := range textNodes(e.HTML) {
			require.Empty(t, halfWidth.FindString(node), "%s: %s", name, node)
			require.Empty(t, hanGap.FindString(node), "%s: %s", name, node)
		}
	})
}

func TestChineseIsPolite(t *testing.T) {
	t.Parallel()
	eachChinese(t, func(name string, _ message.Letter, e message.Email, body string) {
		for _, s := range []string{e.Subject, e.Text, body, seen(e.HTML)} {
			require.Empty(t, message.Lint(s, "zh"), name)
			require.NotRegexp(t, `催|[!！]|欠款|欠费|拖欠|违约|追讨|追债|滞纳`, s, name)
		}
		require.NotRegexp(t, `逾期|提醒|最后|律师|债务|未付`, strings.ReplaceAll(e.Subject, "请停止处理", ""), "a subject is read by others")
	})
}

func textNodes(page string) []string {
	var nodes []string
	for _, s := range tags.Split(page, -1) {
		if s = strings.TrimSpace(html.UnescapeString(s)); s != "" {
			nodes = append(nodes, s)
		}
	}
	return nodes
}

// squeezed takes out what the text and the page lay out differently: spaces, and the colon of a label.
func squeezed(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "：", " ")), "")
}

func TestChineseTextAndPageSayTheSame(t *testing.T) {
	t.Parallel()
	eachChinese(t, func(name string, l message.Letter, e message.Email, _ string) {
		page, text := squeezed(seen(e.HTML)), squeezed(e.Text)
		for line := range strings.Lines(e.Text) {
			for part := range strings.SplitSeq(line, "：") {
				if part = squeezed(part); part != "金额" { // in the page, the largest figure of the card
					require.Contains(t, page, part, "%s: %s", name, line)
				}
			}
		}
		for _, node := range textNodes(e.HTML) {
			if !strings.HasSuffix(node, l.Creditor.Address) {
				require.Contains(t, text, squeezed(node), name)
			}
		}
	})
}

func TestChineseEmailSaysWhatItsStepMustSay(t *testing.T) {
	t.Parallel()
	facts := []string{
		"上海东方工具有限公司", "王敏，应收账款专员", "wangmin@dongfang.example", "+862155501000", "INV-1", "¥1,234.56", "2026年5月14日", "Ref INV-1/C",
		"PO-77", "https://pay.dongfang.example/INV-1", "1001 2345 6789 0123", "中国银行上海分行", "转账附言：INV-1", "尊敬的李娜，您好：", "回复本邮件",
	}
	planned := []string{"INV-1", "¥1,234.56", "第1期：¥411.52，2026年5月14日到期，已付清", "第2期：¥411.52，2026年6月14日到期，尚余¥111.52", "第3期：¥411.52，2026年7月14日到期", "Ref INV-1/C", "王敏", "回复本邮件"}
	ordered := []string{"ORD-9", "橡木椅2把", "6小时", "2026年5月21日 15:00（北京时间）", "¥249.00", "https://pay.dongfang.example/ORD-9", "如已付款", "Ref ORD-9/C", "王敏", "回复本邮件"}
	claim := []string{"尊敬的上海正和律师事务所，您好：", "北京贝塔物流有限公司", "INV-1（2026年4月14日开具）", "¥1,234.56", "已逾期7天", "Ref INV-1/C", "确认", "王敏"}
	paid := "如已付款"
	for name, must := range map[string][]string{
		"receipt":           append(facts, "感谢贵司的惠顾", "采购订单号", "有误"),
		"courtesy":          append(facts, "将于2026年5月14日到期", "如已安排付款，无需任何操作", "有误"),
		"due":               append(facts, "已于2026年5月14日到期", paid, "有误"),
		"reminder-1":        append(facts, "付款提醒", paid, "已逾期7天", "暂未收到", "一时遗漏", "异议"),
		"reminder-1-short":  append(facts, "付款提醒", paid, "已逾期7天", "暂未收到", "有误"),
		"reminder-2":        append(facts, "付款提醒", paid, "已逾期7天", "请于2026年6月4日前（含当日）支付¥1,234.56", "分期付款", "异议"),
		"formal-notice":     append(facts, paid, "逾期7天", "于2026年6月4日前（含当日）支付¥1,234.56，该日为新的到期日", "异议", "分期付款"),
		"thank-you":         {"感谢贵司的付款：2026年5月12日的款项已到账，发票INV-1已付清", "我司于2026年5月14日发出的邮件", "敬请忽略", "Ref INV-1/C", "有误", "王敏"},
		"final-notice":      append(facts, paid, "2026年6月5日", "移交受托律师上海正和律师事务所处理", "在2026年6月4日前（含当日）付清，此事即告了结", "异议或分期付款申请", "暂停后续处理"),
		"plan-agreed":       append(planned, "将分3期支付", "提前付款或多付"),
		"instalment-due":    append(planned, "第2期（共3期）款项¥111.52将于2026年6月14日到期", paid),
		"instalment-missed": append(planned, "第2期（共3期）款项¥111.52已于2026年6月14日到期", "一时遗漏", "请于2026年6月4日前（含当日）支付", paid),
		"order-received":    ordered, "order-reminder": ordered,
		"order-last": append(ordered, "商品不再预留", "不会产生任何费用"),
		"placement":  append(claim, "随附", "贵所", "已停止自行发送提醒"),
		"recall":     append(claim, "请停止处理", "款项已直接付给我司", "请勿再就此联系债务人"),
	} {
		text := func() string { e := email(t, chinese(name)); return e.Subject + "\n" + e.Text }()
		for _, want := range must {
			require.Contains(t, text, want, name)
		}
	}
}

func TestChineseNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	text := func(l message.Letter) string { return email(t, l).Text }
	several := text(chineseSeveral("final-notice"))
	require.Contains(t, several, "把发票INV-1、INV-2移交受托的账款代收机构华信账款服务有限公司处理，这是移交前的最后通知。其他发票仅列明供参考。")
	require.Contains(t, several, "合计：¥1,334.56 + US$98.00")
	require.Contains(t, several, "如不希望再收到此类邮件")
	require.Contains(t, text(chineseSeveral("reminder-2")), "下列3张发票的款项。请于2026年6月4日前（含当日）支付¥1,334.56和US$98.00")
	require.Contains(t, text(chineseSeveral("receipt")), "感谢您的惠顾", "a consumer is no company")
	require.Contains(t, text(chineseSeveral("placement")), "现委托贵司处理")
	require.Contains(t, text(chineseSeveral("recall")), "债权已取消")
	require.Contains(t, text(chineseBare("recall")), "债权已结清")
	require.Contains(t, text(chineseBare("due")), "发票INV-1今日到期。")
	require.Contains(t, text(chineseBare("placement")), "校验值为5e1a")
	require.Contains(t, text(chineseBare("reminder-2")), "金额：¥1,134.56（原金额¥1,234.56）\n异议金额：¥100.00，本次无需支付")
	require.Contains(t, text(chineseBare("order-last")), "您的订单ORD-9仍为您保留。")
}

func TestChineseSMSIsANeutralBillNotice(t *testing.T) {
	t.Parallel()
	eachChinese(t, func(name string, l message.Letter, e message.Email, body string) {
		if body == "" {
			return
		}
		kind := "账单通知："
		if strings.HasPrefix(name, "order-") {
			kind = "订单通知："
		}
		require.True(t, strings.HasPrefix(body, "【"+l.Creditor.Name+"】"+kind), "the signature comes first: %s", body)
		require.True(t, strings.HasSuffix(body, " 退订回T"), body)
		require.NotRegexp(t, `提醒|逾期|尽快|限期|警告|最后|起诉|法院|法律|征信|信用|债|罚|扣|冻结`, body, "no dunning words")
		require.NotContains(t, body, "\n")
		for _, n := range l.Lines {
			require.Contains(t, body, "Ref "+n.Ref+" ")
		}
		if len(l.Lines) == 1 {
			require.Contains(t, body, l.Lines[0].Number)
			for _, amount := range regexp.MustCompile(`¥[\d,.]+\d`).FindAllString(body, -1) {
				require.Contains(t, e.Text, amount, "the same amount as the e-mail")
			}
			if link := l.Lines[0].PayURL; link != "" {
				require.Contains(t, body, " "+link+" ", "a sign that touches a link becomes part of it")
			}
		}
		count, encoding := message.Segments(body)
		require.Equal(t, message.UCS2, encoding)
		most := 2
		if strings.HasPrefix(name, "formal-notice") || strings.HasPrefix(name, "final-notice") || strings.HasSuffix(name, "several") {
			most = 3
		}
		require.LessOrEqual(t, count, most, "%s: %s", name, body)
	})
}

// TestGoldenChinese keeps every message between Chinese companies, in each of the cases, as a person has read it.
func TestGoldenChinese(t *testing.T) {
	t.Parallel()
	written := map[string]string{}
	eachChinese(t, func(name string, l message.Letter, e message.Email, body string) {
		got := "【" + name + "】\n主题：" + e.Subject + "\n\n" + e.Text
		if body != "" {
			count, _ := message.Segments(body)
			got += fmt.Sprintf("\n短信（%d段）：%s\n", count, body)
		}
		written[l.Template] += got + "\n"
		if name == l.Template+"-one" {
			sameWords(t, "zh", l.Template+".html", e.HTML)
		}
	})
	for template, got := range written {
		sameWords(t, "zh", template+".txt", got)
	}
}

func TestGoldenChineseCaseFile(t *testing.T) {
	t.Parallel()
	l := chinese("reminder-2")
	e := email(t, l)
	d := dossier(t)
	d.Language, d.Creditor, d.Debtor, d.Invoice.Goods, d.Timeline = "zh", l.Creditor, l.Debtor, "扭矩扳手40把", d.Timeline[:2]
	d.Decision.Reason, d.Decision.ApprovedBy, d.Ledger[1].Text = "余额超过下限", "陈静", "部分付款"
	d.Debtor.Contacts = []invoice.Contact{l.Contact}
	d.Messages = []message.Sent{{
		At: d.AsOf, Step: "reminder-2", Ref: "INV-1/C", Channel: invoice.Email, To: e.ToAddress, Subject: e.Subject, Text: e.Text, HTML: e.HTML,
		Hash: message.Hash(e.Subject, e.Text, e.HTML), State: "delivered",
	}}
	page, _, _, err := templates(t).CaseFile(d)
	require.NoError(t, err)
	require.Contains(t, string(page), `<html lang="zh">`)
	for _, heading := range regexp.MustCompile(`<(?:h2|th|td class="name")[^>]*>([^<]+)<`).FindAllStringSubmatch(string(page), -1) {
		require.Regexp(t, `^[\p{Han}、（）]+$`, heading[1], "a heading in Chinese")
	}
	for _, want := range []string{"债权人：上海东方工具有限公司", "律师：上海正和律师事务所", "与原文一致", "付款提醒：发票INV-1已逾期7天。", "起息日2026年5月22日", "哈希链完整无缺"} {
		require.Contains(t, seen(string(page)), want)
	}
	sameWords(t, "zh", "casefile.html", string(page))
	empty, _, _, err := templates(t).CaseFile(message.Dossier{AsOf: d.AsOf, Language: "zh", Invoice: d.Invoice})
	require.NoError(t, err)
	for _, want := range []string{"无账目记录。", "无决定记录。", "无发送记录。", "无事件记录。", "核验不通过"} {
		require.Contains(t, string(empty), want)
	}
}

func TestTraditionalChineseIsNotTakenForSimplified(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"zh": "zh", "ZH_cn": "zh", "zh-Hans": "zh", "zh-SG": "zh", "zh_CN.UTF-8": "zh", "zh-Hans-HK": "zh",
		"zh-Hant": "en", "zh-TW": "en", "zh_HK": "en", "zh-MO": "en", "zh-Hant-CN": "en", "zh_TW.UTF-8": "en",
	} {
		l := chinese("reminder-2")
		l.Language = tag
		e := email(t, l)
		require.Equal(t, want, e.Language, tag)
		require.Contains(t, e.HTML, `lang="`+want+`"`, tag)
		require.Equal(t, want == "zh", strings.Contains(e.Text, "付款提醒"), tag)
		l.Contact = invoice.Contact{Channel: invoice.SMS, Address: "+85291234567"}
		require.Equal(t, want, sms(t, l).Language, tag)
	}
	require.Equal(t, "en-GB", message.Locale("zh-TW", "TW"))
	require.Equal(t, "zh", message.Locale("zh-CN", "CN"))
}
