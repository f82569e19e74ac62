package bank_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// told writes what was read of an entry, one line a detail; what is not there is left out.
func told(e *bank.Entry) string {
	var lines []string
	for i := range e.Details {
		d := &e.Details[i]
		words := []string{d.Amount.Decimal() + " " + string(d.Amount.Currency)}
		add := func(key, value string) {
			if value != "" {
				words = append(words, key+"="+value)
			}
		}
		party := d.Payer
		if d.Amount.Minor < 0 {
			party = d.Payee
		}
		add("kind", strings.TrimPrefix(string(d.Kind), string(bank.Transfer)))
		add("e2e", d.Refs.EndToEnd)
		add("pmt", d.Refs.PaymentInfo)
		add("mandate", d.Refs.Mandate)
		add("ref", d.Refs.BankRef)
		add("name", party.Name)
		add("account", party.IBAN+party.Account)
		for _, s := range d.Structured {
			add("structured", s.Type+":"+s.Ref)
		}
		for _, doc := range d.Documents {
			add("document", doc.Type+":"+doc.Number+":"+doc.Remitted.Decimal())
		}
		if d.Instructed.Currency != "" {
			add("ordered", d.Instructed.Decimal()+string(d.Instructed.Currency))
		}
		for _, c := range d.Charges {
			add("charge", c.Amount.Decimal())
		}
		if d.Return != nil {
			add("return", d.Return.Reason+":"+d.Return.Text+":"+d.Return.Refs.EndToEnd)
		}
		add("text", strings.Join(d.Remittance, "|"))
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, "\n")
}

// allTold tells all entries of a file.
func allTold(c *collected) []string {
	var all []string
	for _, s := range c.statements {
		for _, e := range s.entries {
			all = append(all, told(e))
		}
	}
	return all
}

// mt940 wraps entries into a statement of a German account.
func mt940(entries string) string {
	return ":20:STARTUMS\n:25:10020030/1234567890\n:28C:1/1\n:60F:C260501EUR0,00\n" + entries + "\n:62F:C260504EUR0,00\n-\n"
}

// What banks write into :61: and :86:, each way in its own file.
func TestMT940Dialects(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"the reference names the key that holds it": {
			mt940(":61:260504C10,00N626EREF//99\n:86:/EREF/E-1/ORDP//NAME/Anna Blum/REMI/RE 1\n:61:260504D10,00N501PREF\n:86:/PREF/P-1\n:61:2605040504CR5,00NTRFKREF+\n:86:166?20SVWZ+RE 2"),
			[]string{"10.00 EUR e2e=E-1 ref=99 name=Anna Blum text=RE 1", "-10.00 EUR pmt=P-1", "5.00 EUR text=RE 2"},
		},
		"the other account below the entry": {
			mt940(":61:260504C10,00N541NONREF\nNL91ABNA0417164300\n:86:/ORDP//NAME/Anna Blum/REMI/RE 1"),
			[]string{"10.00 EUR name=Anna Blum account=NL91ABNA0417164300 text=RE 1"},
		},
		"the other account as reference": {
			mt940(":61:2605040504C10,00NOVBNL91ABNA0417164300\nanna blum\n:86:RE 1\n:61:2605040504C10,00NOVBNL92ABNA0417164300\n:86:RE 2\n:61:2605040504C10,00NTRFRF18539007547034\n:86:RE 3"),
			[]string{"10.00 EUR account=NL91ABNA0417164300 text=RE 1", "10.00 EUR e2e=NL92ABNA0417164300 text=RE 2", "10.00 EUR e2e=RF18539007547034 text=RE 3"},
		},
		"the other account and its name, padded": {
			mt940(":61:121017C000000012100,00N1270987654321      COMPANY B.V.          \n:86:RE 1\n:61:121017C000000000001,00N030NONREF          BLUM\n:61:121017C1,00N030NONREF Blum"),
			[]string{"12100.00 EUR name=COMPANY B.V. account=0987654321 text=RE 1", "1.00 EUR name=BLUM", "1.00 EUR e2e=Blum"},
		},
		"slashes close the values": {
			mt940(":61:260504C10,00NTRFNONREF\n:86:/EREF/E-1//CNTP/NL91ABNA0417164300/ABNANL2A/A BLUM///REMI/USTD//RE 1/\n:61:260504C10,00NTRFNONREF\n:86:/TRCD/60000/\n/NAME/ANNA BLUM/\n/REMI/RE 2/"),
			[]string{"10.00 EUR e2e=E-1 name=A BLUM account=NL91ABNA0417164300 text=RE 1", "10.00 EUR name=ANNA BLUM text=RE 2"},
		},
		"the first key without its slash": {
			mt940(":61:260504C10,00NTRFNONREF\n:86:EREF/E-1/ORDP/ANNA BLUM/REMI/RE 1"),
			[]string{"10.00 EUR e2e=E-1 name=ANNA BLUM text=RE 1"},
		},
		"a structured reference in words": {
			mt940(":61:260504C10,00NTRFNONREF\n:86:/ORDP//NAME/BLUM/REMI//CDTRREFTP//CD/SCOR/ISSR/CUR/CDTRREF/9001123412341234/ISDT/2026-05-04"),
			[]string{"10.00 EUR name=BLUM structured=SCOR:9001123412341234"},
		},
		"another key in every field": {
			mt940(":61:260504C10,00NTRFNONREF\n:86:/EREF/E-1/\n:86:/ORDP//NAME/ACME/\n:86:/REMI/USTD//RE 42/"),
			[]string{"10.00 EUR e2e=E-1 name=ACME text=RE 42"},
		},
		"keys of the north": {
			mt940(":61:260504C10,00NTRFNONREF\n:86:/RREF/38-77 /EREF/13-1 /ORDP//NAME/AB AG/REMI/Inv. 17 - 22.724,00 /RCMT/EUR 22.724,00 /CHRG/DKK 4,00"),
			[]string{"10.00 EUR e2e=13-1 ref=38-77 name=AB AG charge=4.00 text=Inv. 17 - 22.724,00"},
		},
		"ordered in another currency": {
			mt940(":61:260504C10,00NTRFNONREF\n/OCMT/USD12,50/CHGS/EUR0,40/\n:86:RE 1\n:61:260504C10,00NTRFNONREF\n:86:/EREF/E-1/OCMT/USD12,50/RE 2"),
			[]string{"10.00 EUR ordered=12.50USD charge=0.40 text=RE 1", "10.00 EUR e2e=E-1 ordered=12.50USD text=RE 2"},
		},
		"text without a key of its own": {
			mt940(":61:260504D6,00NDDTNONREF\n:86:106?20EREF+VZ0000000000000000?21MREF+000000?22CRED+DE98ZZZ099\n99999999?23KIOSK//HAMM/DE?24T16:26:37 Folgenr. 007"),
			[]string{"-6.00 EUR e2e=VZ0000000000000000 mandate=000000 text=KIOSK//HAMM/DE|T16:26:37 Folgenr. 007"},
		},
		"an id of more than 35 letters": {
			mt940(":61:260504C6,00NTRFNONREF\n:86:166?20EREF+1234567890123456789012?21123456789012?22Rechnung RE 4711"),
			[]string{"6.00 EUR e2e=1234567890123456789012123456789012 text=Rechnung RE 4711"},
		},
		"a key that is a word of the text": {
			mt940(":61:260504C6,00NTRFNONREF\n:86:166?20SVWZ+Miete DATUM: 12.05.2026 RE?21 4711"),
			[]string{"6.00 EUR text=Miete|DATUM: 12.05.2026 RE|4711"},
		},
		"the bank's own word on the account": {
			mt940(":61:260504C6,00NTRFNONREF\n:86:166?20SVWZ+RE 1 IBAN: DE00123?30GENODEF1WDH?31DE02120300000000202051?32BLUM"),
			[]string{"6.00 EUR name=BLUM account=DE02120300000000202051 text=RE 1"},
		},
		"our own account where the other should be": {
			mt940(":61:260504C6,00NET NONREF\n:86:000>100555555555\n>20BLUM RE 1\n>311234567890\n:61:260504C6,00NET NONREF\n:86:000>100000000000\n>20ABNANL2A\n>21NL91ABNA0417164300\n>22BLUM RE 2\n>311234567890"),
			[]string{"6.00 EUR account=0555555555 text=BLUM RE 1", "6.00 EUR account=NL91ABNA0417164300 text=ABNANL2A|NL91ABNA0417164300|BLUM RE 2"},
		},
		"numbered lines": {
			mt940(":61:0203170320CM50,00S05168790452\n:NS:01Rechnung\n02RE 4711\n15Anna\n16Blum\n17Gutschrift\n1812345\n191000\n204711"),
			[]string{"50.00 EUR e2e=68790452 name=Anna Blum account=4711 text=Rechnung|RE 4711"},
		},
		"no :86:": {
			mt940(":61:260504C0,92FMSCNONREF\nBALANCE_CASHBACK-51\n:61:260504C1,00NTRFNONREF\n/TRCD/00100/"),
			[]string{"0.92 EUR text=BALANCE_CASHBACK-51", "1.00 EUR"},
		},
		"broken within the tag": {
			mt940(":61:2605040504CR\n30,00N062NONREF\n:\n86:166?20SVWZ+RE 1"),
			[]string{"30.00 EUR text=RE 1"},
		},
		"a text that begins with a brace": {
			mt940(":61:260504C1,00NTRFNONREF\n:86:RE 1\n{4711} RE 2"),
			[]string{"1.00 EUR text=RE 1|{4711} RE 2"},
		},
		"an empty field is a filler": {
			strings.Replace(mt940(":61:2605040504C10,00N152NONREF//646\n152 0\n:86:020~00152\n~20FAKTURA FV/11\n~21\xff\n~22\xff\n~32OSMA\xd1SKA\n~33\xff\n~38PL61109010140000071219812874"), ":25:10020030/1234567890", ":25:/PL27114020040000300201355387", 1),
			[]string{"10.00 EUR ref=646 name=OSMAŃSKA account=PL61109010140000071219812874 text=FAKTURA FV/11"},
		},
		"an alphabet of DOS in Central Europe": {
			strings.ReplaceAll(mt940(":61:2605040504C10,00N152NONREF\n:86:020~00152\n~20\x9d\xa2d\xab \x9d\xe0D\x8d\n~32ZA\xbd\xe0\x9d\x8f"), "EUR", "PLN"),
			[]string{"10.00 PLN name=ZAŻÓŁĆ text=Łódź ŁÓDŹ"},
		},
		"two coded texts": {
			mt940(":61:260504C10,00NTRFNONREF\n:86:166?00SEPA?20SVWZ+one?32BLUM\n:86:166?20KREF+K2?21SVWZ+two"),
			[]string{"10.00 EUR name=BLUM text=one|two"},
		},
		"a return with the bank's charge": {
			mt940(":61:2605040504D50,00NTRFNONREF//OCMT/EUR45,00/CHGS/EUR5,00/\n:86:108?20EREF+E-1\n:61:2605040504D50,00NTRFNONREF\n:86:109?20EREF+E-2?21OAMT+45,00?22COAM+5,00?23SVWZ+RETURN"),
			[]string{
				"-45.00 EUR e2e=E-1 charge=5.00 return=:/OCMT/EUR45,00/CHGS/EUR5,00/:E-1\n-5.00 EUR kind=charge",
				"-45.00 EUR e2e=E-2 charge=5.00 return=::E-2 text=RETURN\n-5.00 EUR kind=charge",
			},
		},
		"names of both sides": {
			mt940(":61:2605040504C12,01NTRFNONREF//GI1\n:86:/EREF/E-1\n/DBNM/ANNA BLUM\n/DACT/107045863/DBIC/COBADEFF\n/CRNM/US/CACT/1/REMI/RE 1\n/OPRP/Tag Payment"),
			[]string{"12.01 EUR e2e=E-1 ref=GI1 name=ANNA BLUM account=107045863 text=RE 1"},
		},
		"a reversal's references": {
			mt940(":61:2605040504RCR10,00NTRFKREF+//B1\n:86:109?20EREF+E-1?21SVWZ+Ruecklauf?34992"),
			[]string{"-10.00 EUR e2e=E-1 ref=B1 return=992::E-1 text=Ruecklauf"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, ending := range []string{"\n", "\r\n", "\r"} {
				c, report, err := readText(strings.ReplaceAll(tc.text, "\n", ending))
				require.NoError(t, err)
				require.Empty(t, report.Problems)
				require.Equal(t, tc.want, allTold(c))
			}
		})
	}
}

// How banks name the account in :25:.
func TestMT940Accounts(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]bank.Account{
		"BILLLULLXXX/LU280019400644750000": {IBAN: "LU280019400644750000", BIC: "BILLLULLXXX", Currency: "EUR"},
		"LU280019400644750000\nBILLLULL":   {IBAN: "LU280019400644750000", BIC: "BILLLULL", Currency: "EUR"},
		"//AT39364/12345678912/EUR":        {Other: "AT39364/12345678912", Currency: "EUR"},
		"LU28 0019 4006 4475 0000 EUR":     {IBAN: "LU280019400644750000", Currency: "EUR"},
		"BANKNAME/0999999999":              {Other: "BANKNAME/0999999999", Currency: "EUR"},
	} {
		c, _, err := readText(strings.Replace(mt940(""), "10020030/1234567890", given, 1))
		require.NoError(t, err, given)
		require.Equal(t, want, c.statements[0].Account, given)
	}
}

// Where one statement ends and the next begins.
func TestMT940Statements(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"pages within a message": {
			":20:A\n:25:1234567\n:60F:C260501EUR10,00\n:61:260501D1,00NTRFA\n:86:one\n:62M:C260501EUR9,00\n:60M:C260501EUR9,00\n:61:260502C5,00NTRFB\n:86:two\n:62F:C260502EUR14,00\n",
			[]string{"1234567 10.00+4.00=14.00 ok one|two"},
		},
		"without references": {
			":25:1234567\n:60F:C260501EUR10,00\n:61:260501D1,00NTRFA\n:86:one\n:62F:C260501EUR9,00\n:25:7654321\n:60F:C260501EUR1,00\n:61:260501C1,00NTRFA\n:86:two\n:62F:C260501EUR2,00\n",
			[]string{"1234567 10.00+-1.00=9.00 ok one", "7654321 1.00+1.00=2.00 ok two"},
		},
		"braces of the north": {
			"\xe44:\n:20:A\n:25:1234567\n:60F:C260501SEK10,\n:61:260501D1,NTRFA\n:86:one\n:62F:C260501SEK9,\n-\xe5\n\xe44:\n:20:B\n:25:1234567\n:60F:C260501SEK9,\n:62F:C260501SEK9,\n-\xe5",
			[]string{"1234567 10.00+-1.00=9.00 ok one", "1234567 9.00+0.00=9.00 ok "},
		},
		"the currency once": {
			":20:A\n:25:1234567\n:60F:C260501EUR10,00\n:61:260501D1,00NTRFA\n:86:one\n:62F:C2605019,00\n",
			[]string{"1234567 10.00+-1.00=9.00 ok one"},
		},
		"many empty lines": {
			mt940(":61:260504C0,00NTRFA\n:86:one" + strings.Repeat("\n", 300)),
			[]string{"10020030/1234567890 0.00+0.00=0.00 ok one"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, report, err := readText(tc.text)
			require.NoError(t, err)
			require.Empty(t, report.Problems)
			var got []string
			for _, s := range c.statements {
				var texts []string
				for _, e := range s.entries {
					texts = append(texts, e.Details[0].Remittance...)
				}
				booked := s.Opening.Amount
				booked.Minor = s.Booked
				got = append(got, s.Account.Other+" "+s.Opening.Amount.Decimal()+"+"+booked.Decimal()+"="+s.Closing.Amount.Decimal()+" "+string(s.Sum)+" "+strings.Join(texts, "|"))
			}
			require.Equal(t, tc.want, got)
		})
	}
}

// An amount that cannot be told for sure is refused.
func TestMT940RefusedAmounts(t *testing.T) {
	t.Parallel()
	for _, amount := range []string{"12,34,56", "1.234,56", "1,23,4", "-5,00", "1 234,00", "1,2345", ",50"} {
		_, _, err := readText(mt940(":61:2605040504C" + amount + "NTRFNONREF\n:86:x"))
		require.ErrorAs(t, err, new(*bank.Problem), amount)
	}
}
