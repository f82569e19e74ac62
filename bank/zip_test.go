package bank_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// packed makes an archive of names and texts, in their order.
func packed(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		require.NoError(t, err)
		_, err = io.WriteString(w, files[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

// unzipped reads an archive with everything collected, by the members' names.
func unzipped(archive []byte, l bank.Limits) (map[string]*collected, []bank.Report, error) {
	all := map[string]*collected{}
	reports, err := bank.ReadZip("bank.zip", bytes.NewReader(archive), int64(len(archive)), bank.Options{Limits: l, Account: "1"}, func(member string) (bank.Sink, error) {
		all[member] = &collected{}
		return all[member], nil
	})
	return all, reports, err
}

func TestZip(t *testing.T) {
	t.Parallel()
	text := camtHead + camtEntry("5.00") + camtTail
	all, reports, err := unzipped(packed(t, "a/b.xml", text, "a/", "", "__MACOSX/a/._b.xml", "x", ".DS_Store", "x", "day.ofx", ofx+ofxEnd, `..\..\etc/c.xml`, text), bank.Limits{})
	require.NoError(t, err)
	require.Len(t, reports, 3)
	require.Len(t, all, 3)
	require.Equal(t, int64(500), all["a/b.xml"].statements[0].entries[0].Amount.Minor)
	require.Len(t, all["etc/c.xml"].statements, 1)
	require.Equal(t, "OFX 102", reports[1].Format)
}

// A member that is refused leaves the others alone.
func TestZipMembersRefused(t *testing.T) {
	t.Parallel()
	good := camtHead + camtEntry("5.00") + camtTail
	nested := string(packed(t, "a.xml", good))
	for name, tc := range map[string]struct{ text, want string }{
		"nested.zip": {nested, "bank.zip/nested.zip: is a ZIP archive"},
		"note.pdf":   {"%PDF-1.7", "bank.zip/note.pdf:1: is no statement format"},
		"cut.xml":    {camtHead + camtEntry("5.00"), "bank.zip/cut.xml:1: ends in the middle"},
		"empty.xml":  {"", "bank.zip/empty.xml:1: the file is empty"},
	} {
		all, reports, err := unzipped(packed(t, "1.xml", good, name, tc.text, "2.xml", good), bank.Limits{})
		require.ErrorContains(t, err, tc.want)
		require.Len(t, reports, 3)
		require.Len(t, all["1.xml"].statements, 1)
		require.Len(t, all["2.xml"].statements, 1)
		require.True(t, reports[1].Problems[0].Fatal)
	}
}

// damaged makes an archive of one member with a header of one's own.
func damaged(t testing.TB, h *zip.FileHeader, raw string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h.CompressedSize64 = uint64(len(raw))
	w, err := z.CreateRaw(h)
	require.NoError(t, err)
	_, err = io.WriteString(w, raw)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestHostileZip(t *testing.T) {
	t.Parallel()
	good := camtHead + camtEntry("5.00") + camtTail
	bomb := camtHead + camtEntry("5.00") + "<!--" + strings.Repeat(" ", 64<<20) + "-->" + camtTail
	sum := crc32.ChecksumIEEE([]byte(good))
	whole := packed(t, "a.xml", good)
	same := packed(t, "a.xml", good, "./a.xml", good)
	overlapping := bytes.Clone(whole) // the directory says that the file is larger than the archive
	copy(overlapping[bytes.Index(overlapping, []byte("PK\x01\x02"))+20:], []byte{0xff, 0xff, 0xff, 0x7f})
	var many []string
	for range 20 {
		many = append(many, strings.Repeat("n", 50)+string(rune('a'+len(many)/2)), good)
	}
	for name, tc := range map[string]struct {
		archive []byte
		limits  bank.Limits
		want    string
	}{
		"no zip":          {[]byte("PK\x03\x04 nothing"), bank.Limits{}, "is no ZIP archive that can be read"},
		"cut off":         {whole[:len(whole)-30], bank.Limits{}, "is no ZIP archive that can be read"},
		"empty":           {packed(t), bank.Limits{}, "the archive is empty"},
		"only folders":    {packed(t, "a/", ""), bank.Limits{}, "the archive is empty"},
		"excel":           {packed(t, "[Content_Types].xml", "x", "xl/workbook.xml", "x"), bank.Limits{}, "is an Excel workbook"},
		"same name twice": {same, bank.Limits{}, "stands in the archive twice"},
		"members":         {packed(t, many...), bank.Limits{Members: 19}, "holds more than 19 files"},
		"directory":       {packed(t, strings.Repeat("n", 60_000), "", strings.Repeat("m", 60_000), "", strings.Repeat("o", 60_000), ""), bank.Limits{Members: 1}, "holds more than 1 files"},
		"ratio":           {packed(t, "a.xml", bomb), bank.Limits{Token: 256 << 20}, "bank.zip/a.xml: unpacks to more than 300 times its size"},
		"inflated":        {packed(t, "a.xml", good, "b.xml", good), bank.Limits{Inflated: int64(len(good)) + 10}, "bank.zip/b.xml: the archive unpacks to more than"},
		"encrypted":       {damaged(t, &zip.FileHeader{Name: "a.xml", Flags: 1, Method: zip.Deflate}, "x"), bank.Limits{}, "bank.zip/a.xml: is encrypted"},
		"method":          {damaged(t, &zip.FileHeader{Name: "a.xml", Method: 14}, "x"), bank.Limits{}, "is packed by a method that is not known (14)"},
		"checksum":        {damaged(t, &zip.FileHeader{Name: "a.xml", CRC32: sum + 1, UncompressedSize64: uint64(len(good))}, good), bank.Limits{}, "its checksum is wrong"},
		"shorter":         {damaged(t, &zip.FileHeader{Name: "a.xml", CRC32: sum, UncompressedSize64: uint64(len(good)) + 5}, good), bank.Limits{}, "bank.zip/a.xml"},
		"not deflated":    {damaged(t, &zip.FileHeader{Name: "a.xml", Method: zip.Deflate, UncompressedSize64: 100}, "\xff\xff\xff\xff"), bank.Limits{}, "cannot be unpacked"},
		"overlapping":     {overlapping, bank.Limits{}, "larger than the archive that holds them"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, reports, err := unzipped(tc.archive, tc.limits)
			require.ErrorContains(t, err, tc.want)
			last := reports[len(reports)-1]
			require.True(t, last.Problems[len(last.Problems)-1].Fatal)
		})
	}
}

// What goes wrong with a sink ends the reading, and is no fault of the file.
func TestZipSink(t *testing.T) {
	t.Parallel()
	broken := errors.New("no space left")
	archive := packed(t, "a.xml", camtHead+camtEntry("5.00")+camtTail)
	_, err := bank.ReadZip("bank.zip", bytes.NewReader(archive), int64(len(archive)), bank.Options{}, func(string) (bank.Sink, error) { return nil, broken })
	require.ErrorIs(t, err, broken)
}

// A ZIP where a statement was expected is told, not guessed at.
func TestReadRefusesZip(t *testing.T) {
	t.Parallel()
	_, err := bank.Read("a.zip", bytes.NewReader(packed(t, "a.xml", "x")), bank.Options{}, &counting{})
	require.ErrorContains(t, err, "is a ZIP archive")
	_, err = bank.Read("a.xlsx", bytes.NewReader(packed(t, "[Content_Types].xml", "x")), bank.Options{}, &counting{})
	require.ErrorContains(t, err, "is an Excel workbook")
}
