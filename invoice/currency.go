package invoice

import "strings"

// Currency is an ISO 4217 alphabetic code, e.g. "EUR".
type Currency string

// decimals lists the active ISO 4217 currencies by their number of minor-unit digits.
// Source: ISO 4217 list one, as published by SIX (maintenance agency).
var decimals = table(map[int]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
	3: "BHD IQD JOD KWD LYD OMR TND",
	4: "CLF UYW",
})

func table(byDigits map[int]string) map[Currency]int {
	t := make(map[Currency]int, 180)
	for digits, codes := range byDigits {
		for _, code := range strings.Fields(codes) {
			t[Currency(code)] = digits
		}
	}
	return t
}

// ParseCurrency accepts an active ISO 4217 code in capitals.
func ParseCurrency(s string) (Currency, error) {
	c := Currency(s)
	if _, ok := decimals[c]; !ok {
		return "", Invalid("currency", "%q is not an ISO 4217 currency", s).WithHint("write three capitals, e.g. EUR")
	}
	return c, nil
}

// Decimals returns how many minor-unit digits the currency has; false when it is unknown.
func (c Currency) Decimals() (int, bool) {
	d, ok := decimals[c]
	return d, ok
}
