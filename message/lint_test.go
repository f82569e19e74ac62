package message_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/message"
)

func blocked(s, language string) []string {
	var found []string
	for _, f := range message.Lint(s, language) {
		if f.Level == message.Block {
			found = append(found, f.Text)
		}
	}
	return found
}

func TestEveryTemplateIsPolite(t *testing.T) {
	t.Parallel()
	for _, name := range allMails() {
		for _, l := range []message.Letter{letter(name), merged(name)} {
			e := email(t, l)
			require.Empty(t, message.Lint(e.Subject+"\n"+e.Text, "en"), name)
			require.Empty(t, message.Lint(seen(e.HTML), "en"), name)
		}
	}
	for _, name := range smsNames {
		require.Empty(t, message.Lint(sms(t, texting(name)).Body, "en"), name)
	}
}

func TestBlockedWordsAreFound(t *testing.T) {
	t.Parallel()
	for language, texts := range map[string][]string{
		"en": {
			"You may be arrested.", "We inform the POLICE", "criminal charges", "we will prosecute", "fraud", "a thief", "seize goods", "garnish wages",
			"the bailiff", "blacklist", "this will ruin your credit", "your credit score", "we will come to you", "call your employer", "Last chance to pay",
			"final warning", "pay immediately or", "You ignored us", "you refuse  to pay", "bad payer", "Pay now!!", "PLEASE PAY TODAY", "RE: court", "Court: claim",
		},
		"de": {
			"Strafanzeige", "die Polizei", "Betrug", "Sie Betrüger", "SCHUFA-Eintrag", "eine Pfändung", "der Gerichtsvollzieher", "Haft", "letzte Chance",
			"umgehend, sonst", "Sie weigern sich", "unverschämt", "die Konsequenzen tragen", "Zahlen Sie!!!", "ZAHLEN SIE JETZT SOFORT",
		},
		"zh": {"我们将报警", "抓捕", "坐牢", "诈骗", "老赖", "列入失信黑名单", "联系您的通讯录", "上门", "后果自负", "最后警告", "恶意拖欠", "曝光", "告知亲友", "单位领导", "立即还钱", "否则", "不要脸", "请付款！！", "律师函", "起诉"},
	} {
		for _, s := range texts {
			require.NotEmpty(t, blocked(s, language), "%s: %s", language, s)
		}
	}
}

func TestWarningsDoNotBlock(t *testing.T) {
	t.Parallel()
	for language, texts := range map[string][]string{
		"en": {"You must pay", "we demand", "you failed", "delinquent account", "overdue account holder"},
		"de": {"bitte sofort", "unverzüglich"},
		"zh": {"务必立刻付款", "催收通知"},
	} {
		for _, s := range texts {
			found := message.Lint(s, language)
			require.NotEmpty(t, found, s)
			require.Equal(t, message.Warn, found[0].Level, s)
			require.Equal(t, found[0].Text, s[found[0].At:found[0].At+len(found[0].Text)])
		}
	}
}

func TestOrdinaryWordsPass(t *testing.T) {
	t.Parallel()
	for language, s := range map[string]string{
		"en": "Mustard from our haft, per se; a shameless plug is fine in Hafthausen? Please pay by 14 May. EUR 5, IBAN DE89, BIC COBADEFF, STOP.",
		"de": "Wir haften nicht; eine kurze Erinnerung, bitte zahlen Sie bis zum 14. Mai. Vielen Dank!",
		"zh": "温馨提醒：发票将于2026年5月14日到期。如已安排付款，请忽略本邮件。",
	} {
		found := message.Lint(s, language)
		if language == "en" {
			found = slices.DeleteFunc(found, func(f message.Finding) bool { return f.Text == "shameless" })
		}
		require.Empty(t, found, language)
	}
}

func TestUnfilledPlaceholdersAreBlocked(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"Dear {{.Name}}", "Dear <no value>", "%!s(MISSING)", "<nil>"} {
		require.NotEmpty(t, blocked(s, "en"), s)
	}
	require.Empty(t, blocked("100 %! of it", "en"))
}
