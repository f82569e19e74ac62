package bankgen

// wording is what payers of one language write. Words are separated by bars.
type wording struct {
	invoice  string // before a number
	several  string // before a list
	and      string // between the last two of a list
	bare     string // where there is no reference
	customer string // before a customer number
	order    string // before an order number
	dated    string // before a date
	amount   string // before an amount
	partial  string
	rest     string
	onBehalf string // before the name of who owes
	refund   string
	deposit  string
	other    string // payments that have nothing to do with invoices
	rebate   string // early-payment discount was taken
}

var wordings = map[string]wording{
	"de": {
		invoice: "RG|Rg.|RE|Re.Nr.|Re-Nr|RNr|RNr.|Rechnung|Rechnung Nr|Rechnung Nr.|Rechnungsnr.|Rechnungsnummer|RECHNUNG|Ihre Rechnung|Rechn.|Rech.-Nr.:|Belegnr.||", several: "Rechnungen|RGen|RG|Re.Nr.|Sammelzahlung RG|Ihre Rechnungen", and: " und | u. |, | + ",
		bare: "|Rechnung|Ihre Rechnung|Überweisung|Zahlung|Vielen Dank|lt. Rechnung|wie besprochen|Ausgleich|Begleichung offener Posten|SAMMLER|Dauerauftrag|Rechnungsbetrag", customer: "KD|Kd.Nr.|Kd-Nr.|Kundennr.|Kundennummer|Knr",
		order: "Best.|Bestellung|Auftrag|Auftragsnr.|B-Nr.|PO", dated: "vom|v.|Datum|Rg.Dat.|per", amount: "Betrag|EUR|über", partial: "Teilzahlung|Abschlag|1. Rate|à conto|Anzahlung auf", rest: "Restzahlung|Rest zu|2. Rate|Restbetrag",
		onBehalf: "für|i.A.|im Auftrag von|wg.|Mandant", refund: "Gutschrift|Erstattung|Rückerstattung|Rückvergütung|Storno", deposit: "Anzahlung|Vorkasse|Vorauszahlung|Vorausüberweisung|Kaution",
		other: "Miete Stellplatz|Spende|Danke|Darlehen Rückzahlung|Versicherungsleistung|Steuererstattung|Privat|Umbuchung|Nebenkosten|Mitgliedsbeitrag", rebate: "abzgl. Skonto|abz. Skonto|./. Skonto|-Skonto|mit Skonto|",
	},
	"en": {
		invoice: "inv|Inv.|INV NO|invoice|Invoice no.|Invoice #|INVOICE|payment of invoice|pmt inv|ref||", several: "invoices|invs|payment of invoices|INV", and: " and | & |, | + ",
		bare: "|payment|thank you|invoice payment|settlement|as agreed|open balance|AP RUN|SUPPLIER PAYMENT|monthly payment", customer: "cust|customer no.|customer|acct no.|account", order: "order|PO|P.O. no.|order no.|sales order",
		dated: "dated|of|date", amount: "amount|total|GBP|USD", partial: "part payment|partial|first instalment|deposit on", rest: "balance of|remainder|final payment", onBehalf: "on behalf of|for|o/b of|obo",
		refund: "refund|credit note|rebate|reimbursement", deposit: "deposit|prepayment|advance payment|pre-order", other: "rent|donation|thanks|loan repayment|insurance claim|tax refund|private|transfer|membership", rebate: "less discount|disc. taken|less early payment|",
	},
	"nl": {
		invoice: "factuur|Factuurnr|factuurnummer|fact.|Fact.nr.|FACTUUR|betaling factuur|uw factuur||", several: "facturen|Facturen|betaling facturen", and: " en |, | + ", bare: "|betaling|factuur|bedankt|volgens afspraak|openstaand saldo|overboeking",
		customer: "klant|klantnr|Klantnummer|deb.nr.", order: "order|ordernr|bestelling|opdracht", dated: "d.d.|van|dd", amount: "bedrag|EUR|totaal", partial: "deelbetaling|termijn 1|aanbetaling op", rest: "restant|laatste termijn|rest",
		onBehalf: "namens|voor|inz.", refund: "creditnota|terugbetaling|restitutie", deposit: "aanbetaling|vooruitbetaling|waarborg", other: "huur|donatie|dank|lening|verzekering uitkering|belastingteruggave|ledengeld", rebate: "min korting|met betalingskorting|",
	},
	"fr": {
		invoice: "facture|Facture n°|Fact.|FACT|F. no|règlement facture|votre facture||", several: "factures|règlement factures|Fact.", and: " et |, | + ", bare: "|règlement|paiement|facture|merci|selon accord|solde", customer: "client|code client|n° client",
		order: "commande|Cde|bon de commande", dated: "du|en date du", amount: "montant|EUR|total", partial: "acompte|premier versement|1er versement", rest: "solde de|reste dû|2e versement", onBehalf: "pour|p/o|pour le compte de",
		refund: "avoir|remboursement|ristourne", deposit: "acompte commande|arrhes|caution", other: "loyer|don|merci|prêt|indemnité assurance|cotisation", rebate: "moins escompte|escompte déduit|",
	},
	"zh": {
		invoice: "发票|发票号|发票号码|货款 发票|付款 发票||", several: "发票|货款", and: "、|，|和", bare: "|货款|付款|往来款|谢谢|转账", customer: "客户号|客户编号", order: "订单|订单号|采购单", dated: "日期", amount: "金额|CNY", partial: "部分付款|首付", rest: "尾款|余款",
		onBehalf: "代|代付", refund: "退款|返还", deposit: "定金|预付款", other: "房租|捐款|借款|保险理赔|退税", rebate: "扣除折扣|",
	},
}
