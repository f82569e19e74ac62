package main

import (
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
	"dunlin/notify"
)

// config is everything the worker reads from its environment. How Temporal is reached is not in it:
// TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS… and temporal.toml are read as the
// Temporal CLI reads them.
//
// Each secret may come from a file instead: NAME_FILE holds the path, the file the value.
type config struct {
	DatabaseURL string // DATABASE_URL (secret); empty: the PG* variables
	MaxConns    int    // DUNLIN_DB_CONNECTIONS, most connections to the database; default 32

	Email    string                // DUNLIN_EMAIL_PROVIDER: sendgrid or smtp; default: the one that is configured
	SendGrid notify.SendGridConfig // SENDGRID_API_KEY (secret), SENDGRID_BASE_URL, SENDGRID_ACTIVITY (true: lost answers are looked up there)
	SMTP     notify.SMTPConfig     // SMTP_HOST, SMTP_PORT, SMTP_USERNAME, SMTP_PASSWORD (secret), SMTP_TLS (starttls, tls, none)
	Twilio   notify.TwilioConfig   // TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN (secret; of two, which serve takes during a change, the first), TWILIO_API_KEY, TWILIO_API_SECRET (secret), TWILIO_BASE_URL; PUBLIC_URL: where Twilio reaches our webhooks

	EmailPerSecond float64 // DUNLIN_EMAIL_PER_SECOND, over all workers; default 20
	SMSPerSecond   float64 // DUNLIN_SMS_PER_SECOND, over all workers; default 5

	Deployment string // TEMPORAL_DEPLOYMENT_NAME; default dunlin
	BuildID    string // TEMPORAL_WORKER_BUILD_ID; empty: worker deployments are not versioned

	StickyCache     int           // DUNLIN_STICKY_CACHE, cases kept in memory, about 10 kB each; default 5000
	StopTimeout     time.Duration // DUNLIN_STOP_TIMEOUT, how long acts under way may take when the worker stops; default 25s, at least 20s
	RelayDeliveries int           // DUNLIN_RELAY_DELIVERIES, wakes delivered at once; default 16
	VerifyEvery     time.Duration // DUNLIN_VERIFY_EVERY, how often cases are compared with Temporal; default 10m, 0 never
	CheckpointEvery time.Duration // DUNLIN_CHECKPOINT_EVERY, how often the event chains are sealed; default 10m
	Listen          string        // DUNLIN_WORKER_LISTEN, host:port of /healthz, /readyz and /metrics; empty: none

	LogLevel slog.Level // DUNLIN_LOG_LEVEL: debug, info, warn, error; default info
	LogJSON  bool       // DUNLIN_LOG_FORMAT: json or text; default text
}

// loadConfig reads and checks the environment. The error names every variable that is wrong.
func loadConfig(getenv func(string) string) (config, error) {
	e := environment{get: getenv}
	c := config{
		DatabaseURL: e.secret("DATABASE_URL"),
		MaxConns:    e.number("DUNLIN_DB_CONNECTIONS", 32, 4),
		SendGrid: notify.SendGridConfig{
			APIKey: e.secret("SENDGRID_API_KEY"), BaseURL: e.text("SENDGRID_BASE_URL", ""), Activity: e.flag("SENDGRID_ACTIVITY"),
		},
		SMTP: notify.SMTPConfig{
			Host: e.text("SMTP_HOST", ""), Port: e.number("SMTP_PORT", 0, 0), Username: e.text("SMTP_USERNAME", ""),
			Password: e.secret("SMTP_PASSWORD"), TLS: e.text("SMTP_TLS", ""),
		},
		Twilio: notify.TwilioConfig{
			AccountSID: e.text("TWILIO_ACCOUNT_SID", ""), AuthToken: first(e.secret("TWILIO_AUTH_TOKEN")), APIKey: e.text("TWILIO_API_KEY", ""),
			APISecret: e.secret("TWILIO_API_SECRET"), BaseURL: e.text("TWILIO_BASE_URL", ""), PublicBase: e.text("PUBLIC_URL", ""),
		},
		EmailPerSecond:  e.rate("DUNLIN_EMAIL_PER_SECOND", 20),
		SMSPerSecond:    e.rate("DUNLIN_SMS_PER_SECOND", 5),
		Deployment:      e.text("TEMPORAL_DEPLOYMENT_NAME", "dunlin"),
		BuildID:         e.text("TEMPORAL_WORKER_BUILD_ID", ""),
		StickyCache:     e.number("DUNLIN_STICKY_CACHE", 5000, 1),
		StopTimeout:     e.duration("DUNLIN_STOP_TIMEOUT", 25*time.Second, 20*time.Second),
		RelayDeliveries: e.number("DUNLIN_RELAY_DELIVERIES", 16, 1),
		VerifyEvery:     e.duration("DUNLIN_VERIFY_EVERY", 10*time.Minute, 0),
		CheckpointEvery: e.duration("DUNLIN_CHECKPOINT_EVERY", 10*time.Minute, time.Second),
		Listen:          e.text("DUNLIN_WORKER_LISTEN", ""),
		LogJSON:         e.choice("DUNLIN_LOG_FORMAT", "text", "json") == "json",
	}
	c.Email = e.emailProvider(c)
	if c.Twilio.AccountSID != "" && c.Twilio.PublicBase == "" {
		e.wrong("PUBLIC_URL", "is missing, and TWILIO_ACCOUNT_SID is set", "the address at which Twilio reaches serve, e.g. https://dunlin.example.com")
	}
	if err := c.LogLevel.UnmarshalText([]byte(e.text("DUNLIN_LOG_LEVEL", "info"))); err != nil {
		e.wrong("DUNLIN_LOG_LEVEL", "is not a level", "write debug, info, warn or error")
	}
	if len(e.errs) > 0 {
		return c, fmt.Errorf("the environment is wrong:\n  %s", strings.Join(e.errs, "\n  "))
	}
	return c, nil
}

// environment reads variables and collects what is wrong with them. It never repeats a secret.
type environment struct {
	get  func(string) string
	errs []string
}

func (e *environment) wrong(name, what, hint string) {
	e.errs = append(e.errs, invoice.Invalid(name, "%s", what).WithHint("%s", hint).Error())
}

func (e *environment) text(name, otherwise string) string {
	if v := strings.TrimSpace(e.get(name)); v != "" {
		return v
	}
	return otherwise
}

func (e *environment) secret(name string) string {
	file := e.get(name + "_FILE")
	if file == "" {
		return e.get(name)
	}
	if e.get(name) != "" {
		e.wrong(name, "is set, and so is "+name+"_FILE", "set one of them")
	}
	content, err := os.ReadFile(file)
	if err != nil {
		e.wrong(name+"_FILE", "names a file that cannot be read", "check the path and the rights of the worker's user")
	}
	return strings.TrimSpace(string(content))
}

// first is the first of the values that a comma or a blank parts.
func first(list string) string {
	for _, v := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		return v
	}
	return ""
}

func (e *environment) number(name string, otherwise, least int) int {
	v := e.text(name, "")
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least {
		e.wrong(name, fmt.Sprintf("%q is not a whole number", v), fmt.Sprintf("at least %d; left away it is %d", least, otherwise))
	}
	return n
}

func (e *environment) rate(name string, otherwise float64) float64 {
	v := e.text(name, "")
	if v == "" {
		return otherwise
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || n <= 0 {
		e.wrong(name, fmt.Sprintf("%q is not a rate", v), "a number above zero: messages per second, e.g. 0.5")
	}
	return n
}

func (e *environment) duration(name string, otherwise, least time.Duration) time.Duration {
	v := e.text(name, "")
	if v == "" {
		return otherwise
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < least {
		e.wrong(name, fmt.Sprintf("%q is not a duration", v), fmt.Sprintf("e.g. 30s or 10m, at least %s", least))
	}
	return d
}

func (e *environment) flag(name string) bool {
	return e.choice(name, "false", "true") == "true"
}

// choice is the first of its values when the variable is not set.
func (e *environment) choice(name string, values ...string) string {
	v := e.text(name, values[0])
	for _, ok := range values {
		if v == ok {
			return v
		}
	}
	e.wrong(name, fmt.Sprintf("%q is not known", v), "write "+strings.Join(values, " or "))
	return values[0]
}

// emailProvider is the one that is configured; with both, DUNLIN_EMAIL_PROVIDER must say which.
func (e *environment) emailProvider(c config) string {
	sendgrid, smtp := c.SendGrid.APIKey != "", c.SMTP.Host != ""
	switch named := e.text("DUNLIN_EMAIL_PROVIDER", ""); {
	case named != "" && named != "sendgrid" && named != "smtp":
		e.wrong("DUNLIN_EMAIL_PROVIDER", fmt.Sprintf("%q is not known", named), "write sendgrid or smtp")
	case named != "":
		return named
	case sendgrid && smtp:
		e.wrong("DUNLIN_EMAIL_PROVIDER", "is missing, and both SENDGRID_API_KEY and SMTP_HOST are set", "write sendgrid or smtp")
	case smtp:
		return "smtp"
	case !sendgrid:
		e.wrong("SENDGRID_API_KEY", "is missing", "set it, or SMTP_HOST: without e-mail no case can be collected")
	}
	return "sendgrid"
}
