package message

// codeWords are the words for the codes that a case file shows, in the languages other than English.
// A code without a word is shown as it stands. Event texts, reasons and names of steps are records:
// they stay as they were written.
var codeWords = map[string]map[string]string{
	"de": {
		"open": "offen", "placed": "übergeben", "paid": "bezahlt", "written_off": "ausgebucht", "cancelled": "storniert", "expired": "abgelaufen",
		"closed": "abgeschlossen", "lawyer": "anwaltliche Vertretung", "agency": "Inkassounternehmen", "person": "ein Mensch entscheidet", "write_off": "Ausbuchung",

		"issue": "Rechnungsstellung", "payment": "Zahlung", "allocation": "Zahlung laut Kontoauszug", "allocation_undone": "Zuordnung aufgehoben", "credit_note": "Gutschrift", "return": "Rücklastschrift", "refund": "Erstattung",
		"discount": "Skonto", "expiry": "Ablauf", "cancellation": "Storno",

		"receivable": "Forderung", "revenue": "Erlös", "bank": "Bank", "unapplied": "nicht zugeordnete Zahlung", "unidentified": "ungeklärte Zahlung",
		"bank_charge": "Bankgebühr", "refund_due": "zu erstatten", "principal": "Hauptforderung", "fee": "Gebühr", "interest": "Zinsen", "cost": "Kosten",

		"accepted": "vom Anbieter angenommen", "delivered": "zugestellt", "processed": "in Zustellung", "deferred": "verzögert", "undelivered": "nicht zugestellt",
		"dropped": "nicht zugestellt", "bounced": "unzustellbar", "rejected": "abgelehnt", "unsent": "nicht gesendet", "unconfirmed": "ohne Bestätigung",
		"in_flight": "unterwegs", "unknown": "ungewiss", "spam_report": "als Werbung gemeldet", "opted_out": "abgemeldet",

		"email": "E-Mail", "sms": "SMS", "phone": "Telefon", "invoice": "Rechnung", "order": "Bestellung",
		"balance": "offener Betrag", "open_amount": "offener Betrag", "total": "Gesamtbetrag", "due_on": "fällig am", "days_overdue": "Tage überfällig",
		"debtor_type": "Art des Schuldners", "policy": "Mahnplan", "small_balance": "Kleinbetrag bis", "lawyer_from": "anwaltlich ab", "approval_above": "Zustimmung ab",
		"business": "Unternehmen", "consumer": "Verbraucher",
	},
	"zh": {
		"open": "未结清", "placed": "已移交", "paid": "已付清", "written_off": "已核销", "cancelled": "已取消", "expired": "已过期",
		"closed": "已结案", "lawyer": "律师", "agency": "账款代收机构", "person": "人工决定", "write_off": "核销",

		"issue": "开具", "payment": "收款", "allocation": "银行流水收款", "allocation_undone": "收款分配已撤销", "credit_note": "贷项通知", "return": "付款被退回", "refund": "退款", "discount": "折扣", "expiry": "到期关闭", "cancellation": "取消",

		"receivable": "应收账款", "revenue": "收入", "bank": "银行存款", "unapplied": "待分配款项", "unidentified": "待查款项",
		"bank_charge": "银行手续费", "refund_due": "应退款", "principal": "本金", "fee": "费用", "interest": "利息", "cost": "追索成本",

		"accepted": "服务商已受理", "delivered": "已送达", "processed": "发送中", "deferred": "延迟投递", "undelivered": "未送达", "dropped": "未送达",
		"bounced": "被退回", "rejected": "被拒收", "unsent": "未发送", "unconfirmed": "未确认", "in_flight": "发送中", "unknown": "不确定",
		"spam_report": "被标为垃圾邮件", "opted_out": "已退订",

		"email": "电子邮件", "sms": "短信", "phone": "电话", "invoice": "发票", "order": "订单",
		"balance": "未付金额", "open_amount": "未付金额", "total": "总金额", "due_on": "到期日", "days_overdue": "逾期天数",
		"debtor_type": "债务人类型", "policy": "跟进方案", "small_balance": "小额上限", "lawyer_from": "移交律师的起点金额", "approval_above": "须经批准的金额",
		"business": "企业", "consumer": "消费者",
	},
}

// wordsIn makes a code readable in a language: "written_off" is "written off" and "ausgebucht".
func wordsIn(language, code string) string {
	if w := codeWords[language][code]; w != "" {
		return w
	}
	return words(code)
}

// places are the names of zones that another language spells in its own way. Any other place keeps
// the name it has in the zone database.
var places = map[string]map[string]string{
	"de": {
		"Athens": "Athen", "Belgrade": "Belgrad", "Brussels": "Brüssel", "Bucharest": "Bukarest", "Copenhagen": "Kopenhagen", "Dubai": "Dubai",
		"Hong Kong": "Hongkong", "Kolkata": "Kalkutta", "Kyiv": "Kiew", "Lisbon": "Lissabon", "Luxembourg": "Luxemburg", "Mexico City": "Mexiko-Stadt",
		"Prague": "Prag", "Rome": "Rom", "Sao Paulo": "São Paulo", "Shanghai": "Schanghai", "Singapore": "Singapur", "Tokyo": "Tokio",
		"Vienna": "Wien", "Warsaw": "Warschau", "Zurich": "Zürich",
	},
	"zh": {
		"Amsterdam": "阿姆斯特丹", "Berlin": "柏林", "Brussels": "布鲁塞尔", "Chicago": "芝加哥", "Bangkok": "曼谷", "Denver": "丹佛", "Dubai": "迪拜", "Hong Kong": "香港", "Kolkata": "加尔各答",
		"London": "伦敦", "Los Angeles": "洛杉矶", "Macau": "澳门", "Madrid": "马德里", "Moscow": "莫斯科", "New York": "纽约", "Paris": "巴黎", "Rome": "罗马",
		"Kuala Lumpur": "吉隆坡", "Seoul": "首尔", "Shanghai": "北京", "Singapore": "新加坡", "Sydney": "悉尼", "Taipei": "台北", "Tokyo": "东京", "Toronto": "多伦多", "Urumqi": "北京",
		"Vienna": "维也纳", "Warsaw": "华沙", "Zurich": "苏黎世", "CET": "欧洲中部", "CEST": "欧洲中部夏令",
	},
}

// germanZones are the abbreviations a German reader knows.
var germanZones = map[string]string{"CET": "MEZ", "CEST": "MESZ"}

// zoneWords names a zone the way a sentence of the language takes it: "Berlin" and "UTC" in English
// and 柏林 in Chinese, where the template adds the word for time; "Ortszeit Berlin" and "MESZ" in German.
func zoneWords(zone string, isPlace bool, language string) string {
	if own := places[language][zone]; own != "" {
		zone = own
	}
	if language != "de" {
		return zone
	}
	if own := germanZones[zone]; own != "" {
		return own
	}
	if isPlace {
		return "Ortszeit " + zone
	}
	return zone
}
