package bank

import (
	"strconv"
	"strings"

	"dunlin/invoice"
)

// details reads the transactions inside an entry. Where the bank gives none, the entry is its own detail.
func (st *camtStatement) details(n *node, e *Entry, sign int64) error {
	var all []*node
	for _, group := range append(n.all("NtryDtls"), n) { // version 01 writes them into the entry itself
		if batch := group.at("Btch"); batch != nil {
			count, _ := strconv.Atoi(batch.value("NbOfTxs")) // what is no number says nothing
			e.Batch += count
			e.EntryRef = first(e.EntryRef, batch.value("PmtInfId"))
		}
		all = append(all, group.all("TxDtls")...)
	}
	if len(all) == 0 {
		d := TxDetail{Amount: e.Amount, Charges: st.charges(n), Remittance: nonEmpty(e.Info)}
		if n.at("AmtDtls") != nil {
			st.ordered(n, &d)
		}
		if code := e.Code; e.Amount.Minor != 0 && isReturn(code) {
			d.Return = &Return{Text: e.Info}
		}
		e.Details = []TxDetail{d}
		if mtSlash.MatchString(e.Info) { // the text of an MT940
			info := e.Info
			e.Details[0].Remittance = nil
			slashed(e, info)
			e.Info = info
		}
		return nil
	}
	for _, tx := range all {
		d, err := st.detail(tx, e, sign, len(all) == 1)
		if err != nil {
			return err
		}
		e.Details = append(e.Details, d)
	}
	e.undivided()
	if len(e.Details) == 1 {
		d := &e.Details[0]
		if d.Charges == nil {
			d.Charges = st.charges(n)
		}
		if d.Instructed.Currency == "" && d.Rate == "" && all[0].at("AmtDtls") == nil && n.at("AmtDtls") != nil {
			st.ordered(n, d)
		}
		if len(d.Remittance)+len(d.Structured) == 0 {
			d.Remittance = nonEmpty(e.Info)
		}
	}
	return nil
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// undivided makes one detail of several, where one of them names no amount in the entry's currency: nobody
// can tell how the entry divides, but what was written is kept.
func (e *Entry) undivided() {
	whole := TxDetail{Amount: e.Amount}
	missing := false
	for i := range e.Details {
		d := &e.Details[i]
		missing = missing || d.Amount.Currency == ""
		whole.Remittance = append(whole.Remittance, d.Remittance...)
		whole.Structured = append(whole.Structured, d.Structured...)
		whole.Documents = append(whole.Documents, d.Documents...)
	}
	if missing {
		e.Details = []TxDetail{whole}
		e.Doubts = append(e.Doubts, "not every transaction inside names its amount in "+string(e.Amount.Currency)+": the entry is kept as one")
	}
}

// detail reads one TxDtls.
func (st *camtStatement) detail(tx *node, e *Entry, sign int64, only bool) (TxDetail, error) {
	d := TxDetail{Refs: refs(tx.at("Refs"))}
	if own := tx.all("CdtDbtInd"); len(own) == 1 {
		var err error
		if sign, err = st.sign(tx, st.n); err != nil {
			return d, err
		}
	}
	if err := st.detailAmount(tx, &d, e, sign, only); err != nil {
		return d, err
	}
	d.Charges = st.charges(tx)
	parties, agents := tx.at("RltdPties"), tx.at("RltdAgts")
	d.Payer = party(parties, agents, "Dbtr")
	d.Payee = party(parties, agents, "Cdtr")
	if sign > 0 {
		d.Payer = st.other(d.Payer)
		d.Ultimate = ultimate(parties, "UltmtDbtr")
	} else {
		d.Ultimate = ultimate(parties, "UltmtCdtr")
	}
	st.remittance(tx, &d)
	if r := tx.at("RtrInf"); r != nil || isReturn(first(bankCode(tx.at("BkTxCd")), e.Code)) || e.Reversal {
		d.Return = &Return{
			Reason: first(r.value("Rsn", "Cd"), r.value("Rsn", "Prtry"), r.value("RtrRsn", "Cd")), Text: first(r.texts("AddtlInf"), tx.texts("AddtlTxInf")), Refs: d.Refs,
		}
	}
	return d, nil
}

// isReturn says whether a transaction code names a return: of a credit transfer or of a direct debit. RDDT alone is
// a direct debit that somebody else collects.
func isReturn(code string) bool {
	for _, mark := range []string{"RRTN", "-UPDD", "-PRDD", "-RCDD", "-RPCR", "-RIMB"} {
		if strings.Contains(code, mark) {
			return true
		}
	}
	return false
}

// detailAmount reads the amount in the account's currency. Up to version 02 it stands in AmtDtls; what was
// ordered may be in another currency.
func (st *camtStatement) detailAmount(tx *node, d *TxDetail, e *Entry, sign int64, only bool) error {
	if len(tx.all("Amt")) > 1 {
		_, _, err := st.amount(tx, "Amt", st.n)
		return err
	}
	inside := tx.at("AmtDtls")
	found := false
	for _, c := range []*node{tx.at("Amt"), inside.at("TxAmt", "Amt"), inside.at("CntrValAmt", "Amt"), inside.at("AnncdPstngAmt", "Amt"), inside.at("InstdAmt", "Amt")} {
		if c == nil || c.text == "" || found || first(c.ccy, string(e.Amount.Currency)) != string(e.Amount.Currency) {
			continue
		}
		m, _, err := st.money(c, st.n)
		if err != nil {
			return err
		}
		if m.Currency == e.Amount.Currency {
			d.Amount, found = signed(m, sign), true
		}
	}
	if only && (!found || tx.at("Amt") == nil && len(st.charges(tx)) == 0) {
		d.Amount = e.Amount // the one transaction of an entry is the entry
	}
	st.ordered(tx, d)
	return nil
}

// ordered reads what was ordered and the rate. It says nothing of what was booked: what cannot be read is left out.
func (st *camtStatement) ordered(tx *node, d *TxDetail) {
	inside := tx.at("AmtDtls")
	d.Rate = first(inside.value("TxAmt", "CcyXchg", "XchgRate"), inside.value("InstdAmt", "CcyXchg", "XchgRate"), inside.value("CntrValAmt", "CcyXchg", "XchgRate"))
	n := first(inside.at("InstdAmt", "Amt"), inside.at("TxAmt", "Amt"), tx.at("Amt"))
	if n == nil || n.text == "" {
		return
	}
	m, err := parseAmount(n.text, first(n.ccy, string(st.Account.Currency), string(st.s.o.Currency)))
	switch {
	case err != nil:
		st.s.leaveOut(n.line, st.n, "InstdAmt", err.Error(), "what was ordered is left out")
	case m.Currency != d.Amount.Currency || m.Minor != max(d.Amount.Minor, -d.Amount.Minor):
		d.Instructed = m
	}
}

// charges reads what banks took: single up to version 02, a list of records later. One that cannot be read
// is left out: the difference shows as unexplained.
func (st *camtStatement) charges(n *node) []Charge {
	var all []Charge
	for _, c := range n.all("Chrgs") {
		records := c.all("Rcrd")
		if len(records) == 0 {
			records = []*node{c}
		}
		for _, r := range records {
			a := r.at("Amt")
			if a == nil {
				a = r.at("TtlChrgsAndTaxAmt") // the sum alone
			}
			if a == nil {
				continue
			}
			m, err := parseAmount(first(a.text, "0"), first(a.ccy, string(st.Account.Currency), string(st.s.o.Currency)))
			if err != nil {
				st.s.leaveOut(r.line, st.n, "Chrgs", err.Error(), "the charge is left out")
				continue
			}
			if r.value("CdtDbtInd") == "CRDT" {
				m = m.Neg()
			}
			included := r.value("ChrgInclInd")
			if m.Minor != 0 {
				all = append(all, Charge{Amount: m, Included: included != "false" && included != "0", Bearer: r.value("Br")})
			}
		}
	}
	return all
}

// refs reads the references; what says "not provided" says nothing.
func refs(n *node) Refs {
	get := func(names ...string) string {
		for _, name := range names {
			if v := provided(n.value(name)); v != "" {
				return v
			}
		}
		return ""
	}
	return Refs{
		EndToEnd: get("EndToEndId"), Message: get("MsgId"), PaymentInfo: get("PmtInfId"), Instruction: get("InstrId"), Transaction: get("TxId"),
		UETR: get("UETR"), Mandate: get("MndtId"), Cheque: get("ChqNb"), Clearing: get("ClrSysRef"), BankRef: get("AcctSvcrRef"),
	}
}

// provided drops what banks write where nothing was provided.
func provided(v string) string {
	switch strings.ToUpper(v) {
	case "NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOTAVAILABLE", "N/A", "NONE":
		return ""
	}
	return v
}

// other is who pays a credit. It cannot be the account itself, which banks write there when a payment comes back.
func (st *camtStatement) other(p Party) Party {
	if p.IBAN != "" && p.IBAN == st.Account.IBAN {
		p.IBAN = ""
	}
	if p.Account != "" && compact(p.Account) == compact(st.Account.Other) {
		p.Account = ""
	}
	return p
}

// party reads a debtor or creditor: the name directly up to version 07, below Pty or Agt later.
func party(parties, agents *node, role string) Party {
	p, account, agent := parties.at(role), parties.at(role+"Acct"), agents.at(role+"Agt")
	return Party{
		Name: first(provided(p.value("Nm")), provided(p.value("Pty", "Nm")), p.value("Agt", "FinInstnId", "Nm"), account.value("Nm")),
		IBAN: compact(account.value("Id", "IBAN")), Account: first(account.value("Id", "Othr", "Id"), account.value("Id", "PrtryAcct", "Id"), account.value("Id", "BBAN")),
		BIC:     first(agent.value("FinInstnId", "BICFI"), agent.value("FinInstnId", "BIC")),
		Country: first(p.value("PstlAdr", "Ctry"), p.value("Pty", "PstlAdr", "Ctry")),
	}
}

func ultimate(parties *node, role string) Party {
	p := parties.at(role)
	return Party{Name: first(provided(p.value("Nm")), provided(p.value("Pty", "Nm")))}
}

// remittance reads what the payment is for: texts as written, structured references, documents.
func (st *camtStatement) remittance(tx *node, d *TxDetail) {
	info := tx.at("RmtInf")
	for _, u := range info.all("Ustrd") {
		d.Remittance = append(d.Remittance, nonEmpty(u.text)...)
	}
	for _, s := range info.all("Strd") {
		if ref := first(s.value("CdtrRefInf", "Ref"), s.value("CdtrRefInf", "CdtrRef")); ref != "" {
			tp := s.at("CdtrRefInf", "Tp")
			if tp == nil {
				tp = s.at("CdtrRefInf", "CdtrRefTp") // version 01
			}
			d.Structured = append(d.Structured, StructuredRef{Type: first(tp.value("CdOrPrtry", "Prtry"), tp.value("CdOrPrtry", "Cd"), tp.value("Cd")), Ref: compact(ref)})
		}
		d.Documents = append(d.Documents, st.documents(s)...)
		for _, a := range s.all("AddtlRmtInf") {
			d.Remittance = append(d.Remittance, nonEmpty(a.text)...)
		}
	}
	d.Remittance = append(d.Remittance, nonEmpty(first(tx.texts("AddtlTxInf"), tx.texts("AddtlNtryInf")))...)
}

// documents reads the documents that a payment is for. The amounts are those of all of them together: they are
// kept where there is one.
func (st *camtStatement) documents(s *node) []Document {
	var all []Document
	for _, doc := range s.all("RfrdDocInf") {
		tp := doc.at("Tp")
		if tp == nil {
			tp = doc.at("RfrdDocTp") // version 01
		}
		on, _ := st.day(first(doc.at("RltdDt"), s.at("RfrdDocRltdDt")))
		all = append(all, Document{
			Type: first(tp.value("CdOrPrtry", "Cd"), tp.value("CdOrPrtry", "Prtry"), tp.value("Cd"), tp.value("Prtry")), Number: first(doc.value("Nb"), doc.value("RfrdDocNb")), On: on,
		})
	}
	if len(all) == 1 {
		d, amounts := &all[0], s.all("RfrdDocAmt")
		d.Remitted, d.Discount, d.Credit = st.sumOf(amounts, "RmtdAmt"), st.sumOf(amounts, "DscntApldAmt"), st.sumOf(amounts, "CdtNoteAmt")
	}
	return all
}

// sumOf sums the amounts of a name. What cannot be read or summed is left out, and said.
func (st *camtStatement) sumOf(amounts []*node, name string) invoice.Money {
	var sum invoice.Money
	for _, group := range amounts {
		for _, a := range group.all(name) {
			if inner := a.at("Amt"); inner != nil {
				a = inner
			}
			m, err := parseAmount(a.text, first(a.ccy, string(st.Account.Currency), string(st.s.o.Currency)))
			if err == nil && sum.Currency != "" {
				m, err = sum.Add(m)
			}
			if err != nil {
				st.s.leaveOut(a.line, st.n, "RfrdDocAmt/"+name, err.Error(), "the amount is left out")
				return invoice.Money{}
			}
			sum = m
		}
	}
	return sum
}
