package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"7d": 168 * time.Hour, "2w": 336 * time.Hour, "36h": 36 * time.Hour, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute} {
		d, err := parseSpan(text)
		require.NoError(t, err, text)
		require.Equal(t, want, d, text)
	}
	for _, bad := range []string{"", "7", "d", "-3d", "0d", "tomorrow", "3x"} {
		_, err := parseSpan(bad)
		require.ErrorContains(t, err, "write 7d", bad)
	}
}

func TestTravelSaysThatNoLabRuns(t *testing.T) {
	t.Parallel()
	err := travel(t.Context(), t.TempDir(), time.Hour, &bytes.Buffer{})
	require.ErrorContains(t, err, "start one with `make dev`")
}

// labOf is a data folder whose lab answers with a handler.
func labOf(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, addressFile), []byte(`{"control":"`+s.URL+`","token":"secret","api":"http://a","mailbox":"http://m"}`), 0o600))
	return dir
}

func TestTravelPassesOnWhatTheLabSays(t *testing.T) {
	t.Parallel()
	dir := labOf(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "Bearer secret", r.Header.Get("Authorization"))
		require.Equal(t, "168h0m0s", r.URL.Query().Get("for"))
		_, _ = w.Write([]byte("Mon 4 May\nok: it is Monday\n"))
	})
	var out bytes.Buffer
	require.NoError(t, travel(t.Context(), dir, 168*time.Hour, &out))
	require.Equal(t, "  Mon 4 May\n  ok: it is Monday\n", out.String())

	for _, answer := range []string{"error: stuck\n", "", "Mon 4 May\n"} {
		dir := labOf(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) })
		require.ErrorContains(t, travel(t.Context(), dir, time.Hour, &out), "did not arrive", answer)
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	dir := labOf(t, http.NotFound)
	for args, want := range map[string]string{"mailbox": "http://m\n", "api": "http://a\n"} {
		var out bytes.Buffer
		cmd := root()
		cmd.SetArgs([]string{"where", args, "--data", dir})
		cmd.SetOut(&out)
		require.NoError(t, cmd.ExecuteContext(t.Context()))
		require.Equal(t, want, out.String())
	}
	cmd := root()
	cmd.SetArgs([]string{"where", "moon", "--data", dir})
	require.ErrorContains(t, cmd.ExecuteContext(t.Context()), "is no part of the lab")
}

func TestARecordedHistoryIsNeverWrittenAgain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "v0.1-a.json")
	require.NoError(t, writeNew(file, []byte("first")))
	require.ErrorIs(t, writeNew(file, []byte("second")), os.ErrExist)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "first", string(text))
}
