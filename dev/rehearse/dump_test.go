package rehearse_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dunlin/dev/lab"
)

// dump is every row of every table of a database as text, by table.
func dump(ctx context.Context, t *testing.T, url string) map[string]string {
	t.Helper()
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := conn.Query(ctx, `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Greater(t, len(names), 20)
	all := map[string]string{}
	for _, name := range names {
		var text string
		require.NoError(t, conn.QueryRow(ctx, `SELECT coalesce(string_agg(x::text, E'\n' ORDER BY x::text), '') FROM `+name+` x`).Scan(&text))
		all[name] = text
	}
	return all
}

// nothingOf looks for words in all tables of a lab, in everything its sandbox was handed, and in the logs.
func nothingOf(ctx context.Context, t *testing.T, l *lab.Lab, words ...string) {
	t.Helper()
	places := dump(ctx, t, l.DatabaseURL())
	require.NotEmpty(t, places["public.messages"])
	for _, e := range l.Sandbox.Log() {
		text, err := json.Marshal(e)
		require.NoError(t, err)
		places[fmt.Sprintf("sandbox %d", e.Seq)] = string(text)
		for _, a := range e.Attachments {
			file, err := l.Sandbox.File(a.SHA256)
			require.NoError(t, err)
			places["attachment "+a.SHA256] = string(file)
		}
	}
	require.NotEmpty(t, l.Sandbox.Log())
	for place, text := range places {
		low := strings.ToLower(text)
		for _, w := range words {
			at := strings.Index(low, strings.ToLower(w))
			require.Negative(t, at, "%s holds %q: …%s…", place, w, low[max(0, at-80):min(len(low), max(0, at)+80)])
		}
	}
}

// ask reads one value from a database.
func ask[T any](ctx context.Context, t *testing.T, url, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var v T
	require.NoError(t, conn.QueryRow(ctx, sql).Scan(&v))
	return v
}
