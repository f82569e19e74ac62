package message

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
)

var germanMonths = [...]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}

// FormatDate writes a day the way readers of the locale do, with the month in words so that no two
// readers can take it for different days: "May 14, 2026", "14 May 2026", "14. Mai 2026",
// "2026年5月14日". The zero Date is "".
func FormatDate(d invoice.Date, locale string) string {
	if d.IsZero() {
		return ""
	}
	day, year := strconv.Itoa(d.Day), strconv.Itoa(d.Year)
	switch locale {
	case "en-US":
		return d.Month.String() + " " + day + ", " + year
	case "de", "de-AT", "de-CH":
		month := germanMonths[d.Month-1]
		if locale == "de-AT" && d.Month == time.January {
			month = "Jänner"
		}
		return day + ". " + month + " " + year
	case "zh":
		return year + "年" + strconv.Itoa(int(d.Month)) + "月" + day + "日"
	}
	return day + " " + d.Month.String() + " " + year
}

// FormatDateTime writes a moment in its own zone, to the minute: "14 May 2026 at 18:00".
// The zero time is "".
func FormatDateTime(t time.Time, locale string) string {
	if t.IsZero() {
		return ""
	}
	day := FormatDate(invoice.DateOf(t), locale)
	switch locale {
	case "en-US":
		return day + " at " + t.Format("3:04 PM")
	case "de", "de-AT", "de-CH":
		return day + " um " + t.Format("15:04")
	case "zh":
		return day + " " + t.Format("15:04")
	}
	return day + " at " + t.Format("15:04")
}

// zoneName names the zone of a moment for a reader: "Berlin" for Europe/Berlin, "UTC", or the
// zone's own abbreviation when it has no place.
func zoneName(t time.Time, language string) string {
	name := t.Location().String()
	if i := strings.LastIndexByte(name, '/'); i >= 0 && !strings.HasPrefix(name, "Etc/") {
		return zoneWords(strings.ReplaceAll(name[i+1:], "_", " "), true, language)
	}
	abbreviation, _ := t.Zone()
	if strings.HasPrefix(abbreviation, "+") || strings.HasPrefix(abbreviation, "-") {
		return "UTC" + abbreviation
	}
	return zoneWords(abbreviation, false, language)
}

// unitWords are the words for a span of time: day, days, hour, hours, minute, minutes.
var unitWords = map[string][6]string{
	"en": {"day", "days", "hour", "hours", "minute", "minutes"},
	"de": {"Tag", "Tage", "Stunde", "Stunden", "Minute", "Minuten"},
	"zh": {"天", "天", "小时", "小时", "分钟", "分钟"},
}

// formatSpan writes a span of time in the coarse units in which people think, rounded down, so
// that nobody is told of more time than there is. Less than a minute is "".
func formatSpan(d time.Duration, language string) string {
	words, ok := unitWords[language]
	if !ok {
		words = unitWords[English]
	}
	unit := func(n, i int) string {
		w := words[i]
		if n != 1 {
			w = words[i+1]
		}
		if language == "zh" {
			return fmt.Sprintf("%d%s", n, w)
		}
		return fmt.Sprintf("%d %s", n, w)
	}
	hours, minutes := int(d.Hours()), int(d.Minutes())
	switch {
	case minutes < 1:
		return ""
	case hours < 1:
		return unit(minutes, 4)
	case hours < 6 && minutes%60 >= 5:
		return strings.TrimSpace(unit(hours, 2) + gapFor(language) + unit(minutes%60/5*5, 4))
	case hours < 48:
		return unit(hours, 2)
	}
	return unit(hours/24, 0)
}

func gapFor(language string) string {
	if language == "zh" {
		return ""
	}
	return " "
}
