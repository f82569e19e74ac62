package bankgen

// land is how firms and people of a country are called. Words are separated by bars.
type land struct {
	code, lang string
	share      int
	families   string
	trades     string
	forms      string
	firsts     string
	bic        string
	bban       string // pattern of what follows the check digits of an IBAN: n digits, a letters; "": no IBAN
	currency   string
}

var lands = []land{
	{
		"DE", "de", 40, "Müller|Schmidt|Schneider|Fischer|Weber|Meyer|Maier|Mayer|Wagner|Becker|Schäfer|Koch|Bauer|Richter|Krüger|Köhler|Jäger|Groß|Weiß|Schröder|Böhm|Lüders|Vogt|Busch",
		"Bau|Elektrotechnik|Metallbau|Logistik|Gartenbau|Sanitär|Druckerei|Maschinenbau|Medizintechnik|Möbel|Büroservice|Feinkost|Solar|Spedition|Fördertechnik",
		"GmbH|GmbH & Co. KG|AG|UG (haftungsbeschränkt)|KG|OHG|e.K.|eG|GbR|SE", "Anna|Jürgen|Sabine|Björn|Käthe|Uwe|Hans-Peter|Jörg", "COBADEFF|DEUTDEFF|SSKMDEMM|GENODEF1|INGDDEFF|DEUTDEDB", "nnnnnnnnnnnnnnnnnn", "EUR",
	},
	{"AT", "de", 6, "Gruber|Huber|Steiner|Moser|Mayr|Höfer|Pichler", "Holz|Installationen|Hotelbetriebs|Tischlerei|Weinhandel", "GmbH|KG|e.U.|GesmbH", "Franz|Eva|Günther", "BKAUATWW|RZOOAT2L", "nnnnnnnnnnnnnnnn", "EUR"},
	{"CH", "de", 7, "Keller|Meier|Meyer|Brunner|Frei|Zürcher|Bühler", "Treuhand|Uhren|Haustechnik|Pharma|Käserei", "AG|GmbH|SA|Sàrl", "Urs|Beat|Regula", "UBSWCHZH|POFICHBE", "nnnnnnnnnnnnnnnnn", "CHF"},
	{"NL", "nl", 12, "de Vries|Jansen|van den Berg|Bakker|Visser|van Dijk|Smit|de Boer", "Bouw|Installatie|Transport|Bloemen|Techniek|Advies|Horeca", "B.V.|BV|N.V.|V.O.F.|C.V.", "Jan|Sanne|Pieter|Anouk", "INGBNL2A|RABONL2U|ABNANL2A", "aaaannnnnnnnnn", "EUR"},
	{"BE", "nl", 4, "Peeters|Maes|Dubois|Claes|Lambert", "Bouwbedrijf|Interieur|Chocolaterie|Drukkerij", "BV|NV|SRL|SA", "Luc|Els", "KREDBEBB|GEBABEBB", "nnnnnnnnnnnn", "EUR"},
	{"FR", "fr", 7, "Martin|Bernard|Lefèvre|Moreau|Girard|Fournier|Béranger", "Bâtiment|Menuiserie|Boulangerie|Conseil|Électricité|Transports", "SARL|SAS|SA|EURL|SASU", "Élodie|Jean-Luc|Zoé", "BNPAFRPP|SOGEFRPP|AGRIFRPP", "nnnnnnnnnnnnnnnnnnnnnnn", "EUR"},
	{"IT", "en", 3, "Rossi|Bianchi|Ferrari|D'Angelo", "Costruzioni|Ceramiche|Alimentari|Trasporti", "S.r.l.|S.p.A.|S.n.c.", "Paolo|Giulia", "BCITITMM|UNCRITMM", "annnnnnnnnnnnnnnnnnnnnn", "EUR"},
	{"ES", "en", 2, "García|Núñez|Martínez|Peña", "Construcciones|Logística|Olivas", "S.L.|S.A.", "José|Lucía", "BSCHESMM|CAIXESBB", "nnnnnnnnnnnnnnnnnnnn", "EUR"},
	{"PL", "en", 2, "Kowalski|Nowak|Wiśniewski|Zieliński", "Meble|Transport|Budowa", "Sp. z o.o.|S.A.", "Łukasz|Ewa", "BREXPLPW|PKOPPLPW", "nnnnnnnnnnnnnnnnnnnnnnnn", "EUR"},
	{"GB", "en", 5, "Smith|Jones|Taylor|Brown|O'Neill|Patel|Wright", "Engineering|Joinery|Catering|Print|Freight|Supplies", "Ltd|Limited|PLC|LLP", "Emma|Oliver", "BARCGB22|NWBKGB2L", "aaaannnnnnnnnnnnnn", "GBP"},
	{"US", "en", 7, "Johnson|Williams|Miller|Davis|Anderson|Clark|Lewis", "Industries|Supply|Medical|Software|Builders|Foods", "Inc.|LLC|Corp.|Co.|L.P.", "Mary|James", "CHASUS33|BOFAUS3N", "", "USD"},
	{"CN", "zh", 4, "上海华信|深圳市金源|北京中科|广州恒达|宁波海天", "贸易|电子科技|机械|进出口|物流", "有限公司|股份有限公司", "王伟|李娜", "BKCHCNBJ|ICBKCNBJ", "", "CNY"},
	{"JP", "en", 1, "Tanaka|Suzuki|Yamada", "Seisakusho|Shoji|Denki", "K.K.|Co., Ltd.", "Kenji|Yuki", "BOTKJPJT|SMBCJPJT", "", "JPY"},
}

// chineseParts are the parts of a Chinese name in their order; where one holds another, the longer comes first.
var chineseParts = []string{"上海华信|深圳市金源|北京中科|广州恒达|宁波海天", "贸易|电子科技|机械|进出口|物流", "股份有限公司|有限公司", "王伟|李娜"}

// pinyin is how a Chinese name is written where a bank knows only letters.
var pinyin = map[string]string{
	"上海华信": "Shanghai Huaxin", "深圳市金源": "Shenzhen Jinyuan", "北京中科": "Beijing Zhongke", "广州恒达": "Guangzhou Hengda", "宁波海天": "Ningbo Haitian",
	"贸易": "Trading", "电子科技": "Electronic Technology", "机械": "Machinery", "进出口": "Import and Export", "物流": "Logistics",
	"有限公司": "Co., Ltd.", "股份有限公司": "Corp., Ltd.", "王伟": "Wang Wei", "李娜": "Li Na",
}
