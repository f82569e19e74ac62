package message_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/message"
)

func TestSegmentsAreThoseTheProviderCounts(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/segments.json")
	require.NoError(t, err)
	var cases []struct {
		Body     [][2]any // text and how often it is repeated
		Encoding string
		Count    int
	}
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.Greater(t, len(cases), 300)
	for _, c := range cases {
		body := ""
		for _, part := range c.Body {
			body += strings.Repeat(part[0].(string), int(part[1].(float64)))
		}
		count, encoding := message.Segments(body)
		require.Equal(t, c.Encoding, encoding, "%v", c.Body)
		require.Equal(t, c.Count, count, "%v", c.Body)
	}
}

func TestEverySegmentIsNeededAndEnough(t *testing.T) {
	t.Parallel()
	letters := []rune("abc ÄÖéà€[]{}^~|\\发票单🙂ю")
	rapid.Check(t, func(t *rapid.T) {
		body := string(rapid.SliceOfN(rapid.SampledFrom(letters), 0, 500).Draw(t, "runes"))
		count, encoding := message.Segments(body)
		alone, each, size := 70, 67, len(utf16.Encode([]rune(body)))
		if encoding == message.GSM7 {
			alone, each = 160, 153
			size = len([]rune(body))
			for _, r := range body {
				if strings.ContainsRune("\f^{}\\[~]|€", r) {
					size++
				}
			}
		}
		if size <= alone {
			require.Equal(t, 1, count)
			return
		}
		require.GreaterOrEqual(t, count*each, size)
		require.LessOrEqual(t, (count-1)*(each-1), size, "at most one place per part stays empty")
	})
}

func TestOneForeignLetterChangesTheEncoding(t *testing.T) {
	t.Parallel()
	count, encoding := message.Segments(strings.Repeat("a", 160))
	require.Equal(t, 1, count)
	require.Equal(t, message.GSM7, encoding)
	count, encoding = message.Segments(strings.Repeat("a", 159) + "ł")
	require.Equal(t, 3, count)
	require.Equal(t, message.UCS2, encoding)
}
