package message

const (
	threat   = "a threat, or the look of an authority"
	shame    = "shames or accuses the reader"
	pressure = "presses the reader instead of naming a day"
	harder   = "sounds harder than the facts"
)

// rules are the words of the tone check, per language.
var rules = map[string][]rule{
	"en": {
		latin(Block, threat, "arrest", "police", "criminal", "crime", "prosecut", "jail", "prison", "seize", "seizure", "garnish", "bailiff",
			"repossess", "blacklist", "ruin your credit", "credit score", "credit bureau", "credit rating", "we will come to", "visit you",
			"your employer", "your family", "your neighbour", "your neighbor", "court order", "sheriff"),
		latin(Block, shame, "fraud", "thief", "thieves", "theft", "steal", "dishonest", "ignored us", "ignoring us", "refuse to pay", "refused to pay",
			"refusal to pay", "bad payer", "shame", "deadbeat", "disgrace"),
		latin(Block, pressure, "last chance", "final warning", "last warning", "immediately or", "or else", "act now", "urgent", "time is running out",
			"consequences", "without further notice"),
		latin(Warn, harder, "must.", "demand", "fail", "delinquen", "overdue account holder", "immediately.", "threat", "legal action", "legal steps", "sue.", "sued.", "lawsuit"),
	},
	"de": {
		latin(Block, threat, "strafanzeige", "polizei", "strafbar", "strafrecht", "staatsanwalt", "schufa", "pfändung", "pfänden", "gepfändet", "gerichtsvollzieher",
			"haft.", "haftbefehl", "gefängnis", "ihren arbeitgeber", "ihr arbeitgeber", "ihre familie", "ihre nachbarn", "schwarze liste"),
		latin(Block, shame, "betrug", "betrüger", "betrügerisch", "sie weigern sich", "unverschämt", "zahlungsunwillig", "schämen", "schlechter zahler"),
		latin(Block, pressure, "letzte chance", "letzte warnung", "letztmalige warnung", "umgehend, sonst", "konsequenzen tragen", "konsequenzen", "sonst sehen wir uns gezwungen"),
		latin(Warn, harder, "sofort", "unverzüglich", "umgehend", "müssen sie", "fordern wir sie auf", "säumig", "versäum", "gerichtlich", "mahnbescheid", "rechtliche schritte", "nichtzahlung"),
	},
	"zh": {
		hanzi(Block, threat, "报警", "抓捕", "坐牢", "拘留", "失信黑名单", "黑名单", "通讯录", "上门", "亲友", "单位领导", "公安", "刑事"),
		hanzi(Block, threat+"; only with approval", "律师函", "起诉", "法院"),
		hanzi(Block, shame, "诈骗", "老赖", "恶意拖欠", "曝光", "不要脸", "赖账"),
		hanzi(Block, pressure, "后果自负", "最后警告", "立即还钱", "否则", "最后机会"),
		hanzi(Warn, harder, "务必立刻", "催收", "催款", "立即", "马上", "必须"),
	},
}
