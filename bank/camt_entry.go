package bank

import (
	"regexp"
	"strconv"
	"strings"

	"dunlin/invoice"
)

// amountText is what ISO 20022 allows, and ".5", which banks write, too.
var amountText = regexp.MustCompile(`^[0-9]{0,18}(\.[0-9]{1,5})?$`)

// amount reads one amount. An element that should be single and is not is refused: of two amounts nobody
// knows which the bank means. odd says that it was written in a way that ISO 20022 does not know.
func (st *camtStatement) amount(n *node, name string, entry int) (m invoice.Money, odd bool, err error) {
	found := n.all(name)
	if len(found) != 1 {
		what := "is missing"
		if len(found) > 1 {
			what = "stands there twice"
		}
		return m, false, st.s.fatal(n.line, entry, n.name+"/"+name, what, "the file is damaged: fetch it again")
	}
	return st.money(found[0], entry)
}

// money reads the amount of one element.
func (st *camtStatement) money(n *node, entry int) (m invoice.Money, odd bool, err error) {
	text, ccy := n.text, first(n.ccy, string(st.Account.Currency), string(st.s.o.Currency))
	if n.torn {
		return m, false, st.s.fatal(n.line, entry, n.name, "a comment stands inside the amount", "the file is damaged or forged")
	}
	if !amountText.MatchString(text) || text == "" {
		return m, false, st.s.fatal(n.line, entry, n.name, strconv.Quote(text)+" is no amount", "digits with a point, e.g. 1234.50")
	}
	if strings.HasPrefix(text, ".") {
		text, odd = "0"+text, true
	}
	m, perr := parseAmount(text, ccy)
	if perr != nil {
		return m, false, st.s.fatal(n.line, entry, n.name, perr.Error(), "")
	}
	return m, odd, nil
}

// parseAmount reads a decimal; zeros beyond the currency's decimals say nothing, other digits are refused.
func parseAmount(text, ccy string) (invoice.Money, error) {
	c, err := invoice.ParseCurrency(ccy)
	if err != nil {
		return invoice.Money{}, err
	}
	digits, _ := c.Decimals()
	if whole, frac, dotted := strings.Cut(text, "."); dotted && len(frac) > digits {
		if strings.Trim(frac[digits:], "0") == "" {
			text = strings.TrimSuffix(whole+"."+frac[:digits], ".")
		}
	}
	return invoice.ParseMoney(text, ccy)
}

// entry reads one Ntry and hands it on.
func (st *camtStatement) entry(n *node) error {
	if err := st.begin(); err != nil {
		return err
	}
	st.n++
	e := &Entry{Line: n.line, Repaired: st.s.repaired}
	amount, odd, err := st.amount(n, "Amt", st.n)
	if err != nil {
		return err
	}
	if odd {
		e.Doubts = append(e.Doubts, "the amount has no digit before the point")
	}
	sign, err := st.sign(n, st.n)
	if err != nil {
		return err
	}
	e.Amount = signed(amount, sign)
	if e.Status, err = st.status(n); err != nil {
		return err
	}
	e.Reversal = n.value("RvslInd") == "true" || n.value("RvslInd") == "1"
	var ok1, ok2 bool
	e.BookedOn, ok1 = st.day(n.at("BookgDt"))
	e.ValueOn, ok2 = st.day(n.at("ValDt"))
	if !ok1 || !ok2 {
		st.s.leaveOut(n.line, st.n, "BookgDt", "a date cannot be read", "the entry is kept without it")
	}
	e.BankRef, e.EntryRef = n.value("AcctSvcrRef"), n.value("NtryRef")
	e.Code, e.Info = bankCode(n.at("BkTxCd")), n.value("AddtlNtryInf")
	if err := st.details(n, e, sign); err != nil {
		return err
	}
	return st.sink.Entry(e)
}

// sign reads the direction as booked: +1 credit, −1 debit. A reversal is not turned round.
func (st *camtStatement) sign(n *node, entry int) (int64, error) {
	found := n.all("CdtDbtInd")
	if len(found) == 1 {
		switch found[0].text {
		case "CRDT":
			return 1, nil
		case "DBIT":
			return -1, nil
		}
	}
	return 0, st.s.fatal(n.line, entry, "CdtDbtInd", "does not say credit or debit, once", "the file is damaged: fetch it again")
}

func signed(m invoice.Money, sign int64) invoice.Money {
	if sign < 0 {
		return m.Neg()
	}
	return m
}

// status reads Sts, a text up to version 07 and a code from version 08 on. What a notification tells has
// happened, but its statement books it.
func (st *camtStatement) status(n *node) (Status, error) {
	switch text := first(n.value("Sts", "Cd"), n.value("Sts", "Prtry"), n.value("Sts")); text {
	case "BOOK", "":
		return StatusBooked, nil
	case "PDNG", "FUTR":
		return StatusPending, nil
	case "INFO", "EXPD": // an expired entry never books
		return StatusInfo, nil
	default:
		return "", st.s.fatal(n.line, st.n, "Sts", strconv.Quote(text)+" is no status that is known", "")
	}
}

// bankCode writes a transaction code the way people quote it.
func bankCode(n *node) string {
	d := n.at("Domn")
	parts := []string{d.value("Cd"), d.value("Fmly", "Cd"), d.value("Fmly", "SubFmlyCd")}
	code := strings.Trim(strings.Join(parts, "-"), "-")
	if p := n.value("Prtry", "Cd"); p != "" {
		code = strings.TrimSpace(code + " " + p)
	}
	return code
}
