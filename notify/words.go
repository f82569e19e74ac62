package notify

import (
	"strings"
	"unicode"
)

// Word is what an SMS sent to us asks for.
type Word string

// The words. Anything else is a text for a person to read.
const (
	WordStop  Word = "stop"
	WordStart Word = "start"
	WordHelp  Word = "help"
	WordText  Word = "text"
)

// Whole answers, upper case and without punctuation. "Yes" is no opt-in here: it may answer anything.
var answers = map[string]Word{
	"STOP": WordStop, "STOPALL": WordStop, "UNSUBSCRIBE": WordStop, "CANCEL": WordStop, "END": WordStop, "QUIT": WordStop,
	"REVOKE": WordStop, "OPTOUT": WordStop, "OPT OUT": WordStop, "REMOVE": WordStop,
	"STOPP": WordStop, "ABMELDEN": WordStop, "ABBESTELLEN": WordStop, "AUSTRAGEN": WordStop, "WIDERRUF": WordStop,
	"R": WordStop, "T": WordStop, "TD": WordStop, "退订": WordStop, "取消": WordStop, "停止": WordStop, "拒收": WordStop, "取消订阅": WordStop,
	"START": WordStart, "UNSTOP": WordStart, "SUBSCRIBE": WordStart, "ANMELDEN": WordStart, "订阅": WordStart, "恢复": WordStart,
	"HELP": WordHelp, "INFO": WordHelp, "HILFE": WordHelp, "帮助": WordHelp,
}

// Beginnings of sentences that ask for silence. A person who writes one means it, whatever follows: an
// opt-out read too often costs us an SMS, one missed costs trust, and in places a fine.
var sentences = []string{
	"STOP ", "STOPP ", "PLEASE STOP", "PLS STOP", "UNSUBSCRIBE ", "REMOVE ME", "TAKE ME OFF", "OPT ME OUT",
	"DO NOT TEXT", "DONT TEXT", "DO NOT CONTACT", "DONT CONTACT", "DO NOT MESSAGE", "DONT MESSAGE", "NO MORE TEXTS", "NO MORE MESSAGES",
	"BITTE STOPP", "BITTE ABMELDEN", "BITTE KEINE", "KEINE SMS", "KEINE NACHRICHTEN", "NICHT MEHR SCHREIBEN", "SCHREIBEN SIE MIR NICHT",
	"退订", "不要再发", "别再发", "请不要再", "请勿再", "停止发送", "取消订阅",
}

// ReadWord reads what an SMS asks for, in English, German and Chinese.
func ReadWord(body string) Word {
	text := normalise(body)
	if w, ok := answers[text]; ok {
		return w
	}
	for _, s := range sentences {
		if strings.HasPrefix(text, s) {
			return WordStop
		}
	}
	return WordText
}

// normalise writes full-width letters as ASCII, drops punctuation, and upper-cases.
func normalise(body string) string {
	var b strings.Builder
	for _, r := range body {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToUpper(r))
		case r == '\'' || r == '’':
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
