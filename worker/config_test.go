package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(env(map[string]string{"SENDGRID_API_KEY": "SG.x"}))
	require.NoError(t, err)
	require.Equal(t, "sendgrid", c.Email)
	require.Equal(t, 25*time.Second, c.StopTimeout)
	require.Equal(t, 10*time.Minute, c.VerifyEvery)
	require.Equal(t, "dunlin", c.Deployment)
	require.Empty(t, c.BuildID)
	require.InDelta(t, 20, c.EmailPerSecond, 0)
}

func TestConfigOfTwilio(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"SENDGRID_API_KEY": "SG.x", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "old, new"}
	_, err := loadConfig(env(vars))
	require.ErrorContains(t, err, "PUBLIC_URL: is missing")
	vars["PUBLIC_URL"] = "https://dunlin.example"
	c, err := loadConfig(env(vars))
	require.NoError(t, err)
	require.Equal(t, "old", c.Twilio.AuthToken, "serve takes both while the token is changed")
}

func TestConfigIsRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte("geheim\n"), 0o600))
	c, err := loadConfig(env(map[string]string{
		"SMTP_HOST": "mail.example", "SMTP_USERNAME": "dunlin", "SMTP_PASSWORD_FILE": file, "DUNLIN_SMS_PER_SECOND": "0.5",
		"DUNLIN_VERIFY_EVERY": "0", "TEMPORAL_WORKER_BUILD_ID": "v7", "DUNLIN_LOG_LEVEL": "debug", "DUNLIN_LOG_FORMAT": "json",
	}))
	require.NoError(t, err)
	require.Equal(t, "smtp", c.Email)
	require.Equal(t, "geheim", c.SMTP.Password)
	require.InDelta(t, 0.5, c.SMSPerSecond, 0)
	require.Zero(t, c.VerifyEvery)
	require.Equal(t, "v7", c.BuildID)
	require.True(t, c.LogJSON)
}

func TestConfigNamesEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	for want, vars := range map[string]map[string]string{
		"SENDGRID_API_KEY: is missing":                 {},
		"DUNLIN_EMAIL_PROVIDER: is missing":            {"SENDGRID_API_KEY": "x", "SMTP_HOST": "mail.example"},
		`DUNLIN_EMAIL_PROVIDER: "pigeon" is not known`: {"DUNLIN_EMAIL_PROVIDER": "pigeon"},
		"DUNLIN_STOP_TIMEOUT":                          {"SENDGRID_API_KEY": "x", "DUNLIN_STOP_TIMEOUT": "5s"},
		"DUNLIN_EMAIL_PER_SECOND":                      {"SENDGRID_API_KEY": "x", "DUNLIN_EMAIL_PER_SECOND": "0"},
		"DUNLIN_STICKY_CACHE":                          {"SENDGRID_API_KEY": "x", "DUNLIN_STICKY_CACHE": "many"},
		"DUNLIN_LOG_LEVEL":                             {"SENDGRID_API_KEY": "x", "DUNLIN_LOG_LEVEL": "loud"},
		"DUNLIN_LOG_FORMAT":                            {"SENDGRID_API_KEY": "x", "DUNLIN_LOG_FORMAT": "xml"},
		"SENDGRID_API_KEY_FILE: names a file":          {"SENDGRID_API_KEY_FILE": "/nowhere/at/all"},
		"SENDGRID_API_KEY: is set, and so is":          {"SENDGRID_API_KEY": "x", "SENDGRID_API_KEY_FILE": "/nowhere/at/all"},
	} {
		_, err := loadConfig(env(vars))
		require.ErrorContains(t, err, want)
	}
	_, err := loadConfig(env(map[string]string{"DUNLIN_STICKY_CACHE": "x", "DUNLIN_STOP_TIMEOUT": "y"}))
	require.ErrorContains(t, err, "DUNLIN_STICKY_CACHE")
	require.ErrorContains(t, err, "DUNLIN_STOP_TIMEOUT")
}
