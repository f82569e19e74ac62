package bank_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// csvSample is what a person finds who reads a sample. The list beside the samples only estimates: it takes
// unsigned amounts for credits and counts rows, footers among them.
type csvSample struct {
	profile          string
	entries, credits int
	sum              bank.Arithmetic
	problems         int
	spoilt           string // the currency that anonymising has made of a real one: the file is refused with it
	why              string // where the list says otherwise, or the arithmetic is off
}

const (
	scrambledBalance = "its balances were changed when it was anonymised"
	rowOfTotals      = "the list counts the footer"
	unsignedAmounts  = "the list takes unsigned amounts for credits"
)

var csvSamples = map[string]csvSample{
	"banana_ch.banana.chase.transactions.format1.csv":                             {"chase-card", 11, 0, bank.NotSaid, 0, "", ""},
	"banana_ch.banana.filter.import.stripe.transactions_all_format1_20231004.csv": {"stripe-balance", 18, 9, bank.NotSaid, 0, "por", ""},
	"banana_ch.banana.revolut.transactions.business3_20240724.csv":                {"revolut-business", 4, 1, bank.AddsUp, 0, "", "the list counts the amounts in the card's currency, which are unsigned"},
	"banana_ch.banana.wise.transactions.business.fee.separate1_20230105.csv":      {"wise-balance", 5, 0, bank.Off, 1, "COR", scrambledBalance},
	"banana_ch.banana.wise.transactions.business1_20230105.csv":                   {"wise-balance", 3, 0, bank.AddsUp, 0, "ICA", ""},
	"banana_ch.banana.wise.transactions.business2_DE_20240719.csv":                {"wise-transfers-de", 5, 0, bank.NotSaid, 0, "", "all go out; the list counts the one that arrives in another currency"},
	"banana_china_csvExample.csv":                                                 {"china-ledger", 8, 2, bank.AddsUp, 0, "", unsignedAmounts + "; the balances prove two credits"},
	"banana_csv_bancastato_example_format5_20231123USD.csv":                       {"bancastato", 41, 6, bank.Off, 1, "", scrambledBalance},
	"banana_csv_creditsuisse_example_format5_20251003.csv":                        {"credit-suisse", 13, 2, bank.NotSaid, 0, "", ""},
	"banana_csv_deutschebank_example_format3_20240131.csv":                        {"deutsche-bank", 116, 8, bank.AddsUp, 0, "", rowOfTotals},
	"banana_csv_deutschebank_example_format4_20240207.csv":                        {"deutsche-bank-overview", 23, 4, bank.NotSaid, 0, "", ""},
	"banana_csv_deutschebank_example_format5_20250414.csv":                        {"deutsche-bank", 1, 0, bank.AddsUp, 0, "", rowOfTotals},
	"banana_csv_dkb_deutschland_example_format1_20250331.csv":                     {"dkb", 2, 0, bank.NotSaid, 0, "", ""},
	"banana_csv_ing_example_format1_20150224.csv":                                 {"ing-nl", 3, 0, bank.NotSaid, 0, "", unsignedAmounts + "; all are Af, out"},
	"banana_csv_ing_example_format2_20100910.csv":                                 {"ing-be", 12, 7, bank.NotSaid, 0, "COR", "the list found no column of amounts"},
	"banana_csv_postfinance_example_format1_20160407.csv":                         {"postfinance", 47, 10, bank.Off, 1, "XXX", scrambledBalance},
	"banana_csv_postfinance_example_format6_20240228-EN.csv":                      {"postfinance-tags", 25, 6, bank.NotSaid, 0, "", ""},
	"banana_download2.csv":                                                        {"paypal-fr", 3, 1, bank.NotSaid, 0, "", ""},
	"deg_example-abc_debit-records.csv":                                           {"abc-debit", 5, 2, bank.Off, 1, "", scrambledBalance},
	"deg_example-alipay-records.csv":                                              {"alipay", 9, 4, bank.NotSaid, 0, "", unsignedAmounts},
	"deg_example-bmo-records.csv":                                                 {"bmo-debit", 4, 1, bank.NotSaid, 0, "", ""},
	"deg_example-bocom_debit-records.csv":                                         {"bocom-debit", 6, 3, bank.Off, 1, "", scrambledBalance + "; " + unsignedAmounts},
	"deg_example-cmb-records.csv":                                                 {"cmb-debit", 5, 1, bank.Off, 1, "", scrambledBalance},
	"deg_example-icbc-debit-v1-records.csv":                                       {"icbc-cards", 11, 5, bank.NotSaid, 11, "", "its balances read xx,yyyy.zz; the list took the wrong columns of amounts"},
	"deg_example-icbc-debit-v2-records.csv":                                       {"icbc-cards", 11, 5, bank.NotSaid, 11, "", "its balances read xx,yyyy.zz; the list took the wrong columns of amounts"},
	"deg_example-wechat-records.csv":                                              {"wechat-pay", 27, 9, bank.NotSaid, 0, "", unsignedAmounts},
}

func TestCSVSamples(t *testing.T) {
	t.Parallel()
	for _, file := range samples(t, "csv") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			want, ok := csvSamples[filepath.Base(file)]
			require.True(t, ok, "say in this test what is in the file")
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			o := bank.Options{Account: "given"}
			if want.spoilt != "" {
				_, err := bank.Read("a.csv", bytes.NewReader(text), o, &counting{})
				require.ErrorContains(t, err, "none of its ")
				require.ErrorContains(t, err, "is no currency")
				text = bytes.ReplaceAll(text, []byte(want.spoilt), []byte("EUR"))
			}
			c := &collected{}
			report, err := bank.Read("a.csv", bytes.NewReader(text), o, c)
			require.NoError(t, err)
			require.Equal(t, "CSV "+want.profile, report.Format)
			require.Len(t, report.Problems, want.problems, "%v", report.Problems)
			require.Len(t, c.statements, 1)
			require.Len(t, c.statements[0].entries, want.entries, want.why)
			credits := 0
			for _, e := range c.statements[0].entries {
				if e.Amount.Minor > 0 {
					credits++
				}
				require.False(t, e.BookedOn.IsZero())
			}
			require.Equal(t, want.credits, credits, want.why)
			require.Equal(t, want.sum, c.statements[0].Sum, want.why)
			require.NotEmpty(t, c.statements[0].Account.Key())
		})
	}
}

// sampled reads a sample and returns its one statement.
func sampled(t *testing.T, name string) *statement {
	t.Helper()
	for _, file := range samples(t, "csv") {
		if filepath.Base(file) == name {
			c, _, err := read(t, file, bank.Options{Account: "given"})
			require.NoError(t, err)
			return c.statements[0]
		}
	}
	require.Fail(t, "there is no sample "+name)
	return nil
}

// A fee on top is in the entry and a detail of its own, so that the statement and the transfer both hold.
func TestCSVFees(t *testing.T) {
	t.Parallel()
	last := sampled(t, "banana_ch.banana.wise.transactions.business2_DE_20240719.csv").entries[4]
	require.Equal(t, int64(-13299), last.Amount.Minor)
	require.Len(t, last.Details, 2)
	require.Equal(t, int64(-13126), last.Details[0].Amount.Minor)
	require.Equal(t, bank.BankCharge, last.Details[1].Kind)
	require.Equal(t, "38.0925", last.Details[0].Rate)
}

// What a wallet shows and does not hold is there for people, and never booked.
func TestCSVWallets(t *testing.T) {
	t.Parallel()
	count := func(s *statement) map[bank.Status]int {
		n := map[bank.Status]int{}
		for _, e := range s.entries {
			n[e.Status]++
		}
		return n
	}
	alipay := sampled(t, "deg_example-alipay-records.csv")
	require.Equal(t, map[bank.Status]int{bank.StatusBooked: 7, bank.StatusInfo: 2}, count(alipay))
	require.Equal(t, "xx@gmail.com", alipay.Account.Other)
	require.Equal(t, "亲情卡", alipay.entries[0].Details[0].Remittance[0])
	wechat := sampled(t, "deg_example-wechat-records.csv")
	require.Equal(t, 9, count(wechat)[bank.StatusInfo])
	require.Equal(t, "129847129", wechat.entries[1].Details[0].Refs.EndToEnd)
}

func TestCSVRowsBesideTheEntries(t *testing.T) {
	t.Parallel()
	s := sampled(t, "banana_csv_deutschebank_example_format5_20250414.csv")
	require.Equal(t, "DE111111111111111111", s.Account.IBAN)
	require.Equal(t, "2,123.80 EUR", s.Opening.Amount.String())
	require.Equal(t, "2,110.90 EUR", s.Closing.Amount.String())
	require.Equal(t, "2025-04-01", s.To.Format("2006-01-02"))
	dkb := sampled(t, "banana_csv_dkb_deutschland_example_format1_20250331.csv")
	require.Equal(t, "1,361.16 EUR", dkb.Extra[0].Amount.String())
	require.Equal(t, "DE22222222222222222222", dkb.entries[0].Details[0].Payee.IBAN)
}

// Exports of which no sample may be kept here, in the shape in which their banks write them.
func TestCSVMoreProfiles(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text    string
		amounts []int64
		sum     bank.Arithmetic
	}{
		"wise-transfers":   {"ID,Status,Direction,\"Created on\",\"Finished on\",\"Source fee amount\",\"Source fee currency\",\"Target fee amount\",\"Target fee currency\",\"Source name\",\"Source amount (after fees)\",\"Source currency\",\"Target name\",\"Target amount (after fees)\",\"Target currency\",\"Exchange rate\",Reference,Batch\nT-1,COMPLETED,IN,\"2026-04-12 14:00:47\",\"2026-04-12 14:01:05\",4.14,USD,,,A,357.44,USD,B,357.44,USD,1.0,\"R 1\",\nT-2,COMPLETED,OUT,\"2026-04-12 14:00:47\",\"2026-04-12 14:01:05\",1.50,USD,,,B,100.00,USD,A,90.00,EUR,0.9,\"R 2\",\nT-3,COMPLETED,NEUTRAL,,,,,,,,,,,,,,,\n", []int64{35744, -10150}, bank.NotSaid},
		"revolut-business": {"Date started (UTC),Date completed (UTC),ID,Type,State,Description,Reference,Description,Payer,Orig currency,Orig amount,Payment currency,Amount,Total amount,Exchange rate,Fee,Fee currency,Balance,Account\n30/09/2026,30/09/2026,1,TRANSFER,COMPLETED,One,Ref,Two,P,EUR,20.00,EUR,-20.00,-20.50,,0.50,EUR,79.50,Main\n29/09/2026,,2,TRANSFER,PENDING,One,,Two,P,EUR,20.00,EUR,-20.00,-20.50,,0.50,EUR,,Main\n", []int64{-2050, -2050}, bank.AddsUp},
		"revolut-personal": {"Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\nCARD_PAYMENT,Current,2026-01-31 00:00:00,2026-02-01 00:00:00,Shop,-14.00,1.00,CHF,COMPLETED,985.00\nTOPUP,Current,2026-02-03 00:00:00,2026-02-04 00:00:00,Top-up,15.00,0.00,CHF,COMPLETED,1000.00\nTOPUP,Current,2026-02-03 00:00:00,,Top-up,15.00,0.00,CHF,REVERTED,\n", []int64{-1500, 1500}, bank.AddsUp},
		"stripe-payouts":   {"\"automatic_payout_id\",\"automatic_payout_effective_at\",\"balance_transaction_id\",\"created\",\"available_on\",\"currency\",\"gross\",\"fee\",\"net\",\"reporting_category\",\"description\",\"customer_name\",\"order_id\",\"invoice_number\"\n\"po_1\",\"2026-01-07 00:00:00\",\"txn_1\",\"2026-01-02 16:31:18\",\"2026-01-07 00:00:00\",\"chf\",\"102.00\",\"2.95\",\"99.05\",\"charge\",\"Voucher\",\"A\",,\"INV-7\"\n", []int64{9905}, bank.NotSaid},
		"sparkasse":        {"\"Auftragskonto\";\"Buchungstag\";\"Valutadatum\";\"Buchungstext\";\"Verwendungszweck\";\"Glaeubiger ID\";\"Mandatsreferenz\";\"Kundenreferenz (End-to-End)\";\"Sammlerreferenz\";\"Lastschrift Ursprungsbetrag\";\"Auslagenersatz Ruecklastschrift\";\"Beguenstigter/Zahlungspflichtiger\";\"Kontonummer/IBAN\";\"BIC (SWIFT-Code)\";\"Betrag\";\"Waehrung\";\"Info\"\n\"DE02120300000000202051\";\"28.06.26\";\"29.06.26\";\"GUTSCHRIFT\";\"INV-7\";\"\";\"\";\"E1\";\"\";\"\";\"\";\"A\";\"DE89370400440532013000\";\"COBADEFFXXX\";\"1039,58\";\"EUR\";\"Umsatz gebucht\"\n", []int64{103958}, bank.NotSaid},
		"ing-nl-balance":   {"\"Datum\";\"Naam / Omschrijving\";\"Rekening\";\"Tegenrekening\";\"Code\";\"Af Bij\";\"Bedrag (EUR)\";\"Mutatiesoort\";\"Mededelingen\";\"Saldo na mutatie\";\"Tag\"\n\"20260411\";\"A\";\"NL65INGB0703784366\";\"\";\"DV\";\"Af\";\"8,62\";\"Diversen\";\"x\";\"66,15\";\"\"\n\"20260407\";\"B\";\"NL65INGB0703784366\";\"NL26INGB0733328818\";\"GT\";\"Bij\";\"70,00\";\"Online\";\"y\";\"74,77\";\"\"\n", []int64{-862, 7000}, bank.AddsUp},
		"boc-debit":        {"中国银行交易流水明细单\n记账日期,记账时间,币别,金额,余额,交易名称,渠道,网点名称,附言,对方账户名,对方卡号/账号,对方开户行,借记卡号\n2026-08-22,12:22:50,人民币,-50.00,\"3,588.17\",网上快捷支付,银企对接,-----,支付宝,支付宝,Z200******010N,-----,3167\n2026-08-19,10:52:29,人民币,60.00,\"3,638.17\",网上快捷支付,银企对接,-----,支付宝,支付宝,Z200******010N,-----,3167\n", []int64{-5000, 6000}, bank.AddsUp},
		"bocom-credit":     {"交易日期,记账日期,交易说明,交易币种/金额,入账币种/金额\n2026-01-10,2026-01-10,退货 A,CNY 123.18,CNY 123.18\n2026-01-11,2026-01-12,消费 B,CNY 2.99,CNY 2.99\n", []int64{12318, -299}, bank.NotSaid},
		"hsbc-hk":          {"Date,Description,Billing amount,Billing currency,Balance,Balance currency\n24/03/2026,A   B,\"-1.00\"\t,HKD,\"3,612.17\"\t,HKD\n20/03/2026,FROM X,\"500.00\"\t,HKD,\"3,613.17\"\t,HKD\n", []int64{-100, 50000}, bank.AddsUp},
		"td-canada":        {"05/01/2026,SHOP # 845   _M,1.96,,13.04\n05/01/2026,SFCA,,0.01,15.00\n", []int64{-196, 1}, bank.AddsUp},
		"bmo-card":         {"Following data is valid as of 202604230942432:\n\nItem #,Card #,Transaction Date,Posting Date,Transaction Amount,Description\n1,'5191230567984561',20260511,20260512,3.27,SHOP\n2,'5191230567984561',20260511,20260512,-85.06,PAID\n", []int64{-327, 8506}, bank.NotSaid},
		"deutsche-bank":    {"Girokonto (00);;;Kundennummer: 100 1234567;;\n26.08.2026 - 04.09.2026;;;;;\nLetzter Kontostand;;;;752,54;EUR\nHinweis;;;;;\nBuchungstag;Wert;Verwendungszweck;Soll;Haben;W\xe4hrung\n26.08.2026;26.08.2026;\"A\";-42,33;;EUR\n03.09.2026;03.09.2026;\"B\";;376,97;EUR\nKontostand;04.09.2026;;;1.087,18;EUR\n", []int64{-4233, 37697}, bank.AddsUp},
		"postfinance-tags": {"Datum von:;=\"01.11.2026\"\nDatum bis:;=\"31.12.2026\"\nKategorie:;=\"Alle\"\nKonto:;=\"CH5104835012345678009\"\nWährung:;=\"CHF\"\n\nDatum;Bewegungstyp;Avisierungstext;Gutschrift in CHF;Lastschrift in CHF;Label;Kategorie\n\n31.12.2026;Buchung;\"A\";;-5;;Finanzen\n27.12.2026;Buchung;\"B\";2772.2;;;Einnahmen\n\nDisclaimer:\nThis is no statement.\n", []int64{-500, 277220}, bank.NotSaid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &collected{}
			report, err := bank.Read("a.csv", bytes.NewReader([]byte(tc.text)), bank.Options{Account: "given"}, c)
			require.NoError(t, err)
			require.Equal(t, "CSV "+name, report.Format)
			require.Len(t, c.statements, 1)
			var amounts []int64
			for _, e := range c.statements[0].entries {
				amounts = append(amounts, e.Amount.Minor)
			}
			require.Equal(t, tc.amounts, amounts)
			require.Equal(t, tc.sum, c.statements[0].Sum)
		})
	}
}
