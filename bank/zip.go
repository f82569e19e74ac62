package bank

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// zipFormat only knows a ZIP when it sees one: reading one needs its end, which a stream does not show.
var zipFormat = format{name: "ZIP", sniff: looksLikeZip, read: refuseZip}

func looksLikeZip(_ *source, head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

func refuseZip(s *source, _ Sink) error {
	head, _ := s.in.Peek(sniffBytes)
	if bytes.Contains(head, []byte(excelMark)) {
		return s.fatal(0, 0, "", "is an Excel workbook", "save it as CSV")
	}
	return s.fatal(0, 0, "", "is a ZIP archive, where one statement was expected", "unpack it; an archive within an archive is never opened")
}

const excelMark = "[Content_Types].xml"

// What an archive may be, beside Options.Limits.
const (
	maxInflation     = 300     // times its packed size …
	inflationMatters = 8 << 20 // … from this many bytes on: short texts of blanks pack well
	maxMemberName    = 200     // bytes
	centralRecord    = 1 << 10 // bytes that a member may take in the archive's directory
	centralEnd       = 1 << 17 // and the directory's end
)

// ReadZip reads every file of an archive as a statement file of its own. open gives the sink of a member; an
// error of it, or of a sink, ends the reading. The reports come in the order of the archive; a member that
// is refused does not keep the others from being read, and its problem stands in its report and, joined with
// those of others, in the error. Where the archive itself is refused, the only report says why.
func ReadZip(file string, r io.ReaderAt, size int64, o Options, open func(member string) (Sink, error)) ([]Report, error) {
	a := &archive{s: newSource(file, bytes.NewReader(nil), o), file: file}
	a.left = a.s.o.Limits.Inflated
	members, err := a.members(r, size)
	if err != nil {
		return []Report{a.s.report}, err
	}
	var reports []Report
	var refused []error
	for _, m := range members {
		sink, err := open(m.name)
		if err != nil {
			return reports, err
		}
		report, err := a.read(m, o, sink)
		reports = append(reports, report)
		p, isProblem := errors.AsType[*Problem](err)
		switch {
		case err == nil:
		case !isProblem || a.spent:
			return reports, err
		default:
			refused = append(refused, p)
		}
	}
	return reports, errors.Join(refused...)
}

// archive is one reading of one archive.
type archive struct {
	s     *source
	file  string
	left  int64 // bytes that may still be unpacked
	spent bool
}

// member is a file of the archive under its clean name.
type member struct {
	*zip.File

	name string
}

// members lists the files that are to be read, or refuses the archive.
func (a *archive) members(r io.ReaderAt, size int64) ([]member, error) {
	limits := a.s.o.Limits
	guard := &guardedDirectory{r: r, left: int64(limits.Members+1)*centralRecord + centralEnd}
	z, err := zip.NewReader(guard, size)
	if guard.left < 0 {
		return nil, a.s.fatal(0, 0, "", fmt.Sprintf("holds more than %d files", limits.Members), "split it, or raise the limit")
	}
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, a.s.fatal(0, 0, "", "is no ZIP archive that can be read: "+strings.TrimPrefix(err.Error(), "zip: "), "it was cut off or damaged: fetch it again")
	}
	guard.open = true
	if len(z.File) > limits.Members {
		return nil, a.s.fatal(0, 0, "", fmt.Sprintf("holds more than %d files", limits.Members), "split it, or raise the limit")
	}
	var all []member
	seen := map[string]bool{}
	var packed uint64
	for _, f := range z.File {
		if f.Name == excelMark {
			return nil, a.s.fatal(0, 0, "", "is an Excel workbook", "save it as CSV")
		}
		m := member{f, cleanName(f.Name)}
		if f.FileInfo().IsDir() || strings.HasSuffix(f.Name, "/") || strings.HasSuffix(f.Name, `\`) || ofTheSystem(m.name) {
			continue
		}
		if seen[m.name] {
			return nil, a.s.fatal(0, 0, m.name, "stands in the archive twice", "nobody can tell which is meant: pack it again")
		}
		seen[m.name] = true
		if packed += f.CompressedSize64; f.CompressedSize64 > uint64(size) || packed > uint64(size) {
			return nil, a.s.fatal(0, 0, m.name, "the files are larger than the archive that holds them", "no honest archive says so")
		}
		all = append(all, m)
	}
	if len(all) == 0 {
		return nil, a.s.fatal(0, 0, "", "the archive is empty", "ask the bank for the statement again")
	}
	return all, nil
}

// cleanName makes a name that cannot point anywhere else: no folders above, no drive, no control characters.
func cleanName(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if !utf8.ValidString(name) {
		name = toUTF8([]byte(name))
	}
	name = strings.Map(func(r rune) rune {
		if isControl(r) || r == '\n' || r == ':' || r == utf8.RuneError {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if len(name) > maxMemberName {
		name = strings.ToValidUTF8(name[len(name)-maxMemberName:], "")
	}
	return name
}

// ofTheSystem says whether a file is what file managers leave behind.
func ofTheSystem(name string) bool {
	base := path.Base(name)
	return name == "" || strings.HasPrefix(name, "__MACOSX/") || base == ".DS_Store" || base == "Thumbs.db" || base == "desktop.ini" || strings.HasPrefix(base, "._")
}

// read reads one member.
func (a *archive) read(m member, o Options, sink Sink) (Report, error) {
	name := a.file + "/" + m.name
	refuse := func(message, hint string) (Report, error) {
		s := newSource(name, bytes.NewReader(nil), o)
		err := s.fatal(0, 0, "", message, hint)
		return s.report, err
	}
	switch {
	case m.Flags&1 != 0:
		return refuse("is encrypted", "unpack it with its password, and hand in what is inside")
	case m.Method != zip.Store && m.Method != zip.Deflate:
		return refuse(fmt.Sprintf("is packed by a method that is not known (%d)", m.Method), "pack it as an ordinary ZIP")
	}
	in, err := m.Open()
	if err != nil {
		return refuse("cannot be read: "+strings.TrimPrefix(err.Error(), "zip: "), "the archive is damaged: fetch it again")
	}
	report, err := Read(name, &inflated{a: a, m: m, in: in, name: name}, o, sink)
	if p, ok := errors.AsType[*Problem](err); ok && !slices.Contains(report.Problems, p) {
		report.Problems = append(report.Problems, p)
	}
	return report, errors.Join(err, in.Close())
}

// inflated counts what a member unpacks to.
type inflated struct {
	a    *archive
	m    member
	in   io.Reader
	name string
	n    uint64
}

// Read reads on while the archive keeps within its limits.
func (i *inflated) Read(p []byte) (int, error) {
	n, err := i.in.Read(p)
	i.n += uint64(n)
	i.a.left -= int64(n)
	refuse := func(message, hint string) (int, error) {
		return 0, &Problem{File: i.name, Message: message, Hint: hint, Fatal: true}
	}
	switch {
	case i.a.left < 0:
		i.a.spent = true
		return refuse(fmt.Sprintf("the archive unpacks to more than %d bytes", i.a.s.o.Limits.Inflated), "split it, or raise the limit")
	case i.n > inflationMatters && i.n/maxInflation > i.m.CompressedSize64:
		i.a.spent = true
		return refuse(fmt.Sprintf("unpacks to more than %d times its size", maxInflation), "no statement does; if this one does, hand it in unpacked")
	case errors.Is(err, zip.ErrChecksum):
		return refuse("is damaged: its checksum is wrong", "fetch the archive again")
	case err != nil && !errors.Is(err, io.EOF):
		return refuse("cannot be unpacked: "+strings.TrimPrefix(err.Error(), "zip: "), "the archive is damaged: fetch it again")
	}
	return n, err
}

// guardedDirectory lets only so much of an archive be read until its directory is known, which the library
// holds in memory.
type guardedDirectory struct {
	r    io.ReaderAt
	left int64
	open bool
}

// ReadAt reads on while the directory is small enough.
func (g *guardedDirectory) ReadAt(p []byte, off int64) (int, error) {
	if g.open {
		return g.r.ReadAt(p, off)
	}
	if g.left -= int64(len(p)); g.left < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return g.r.ReadAt(p, off)
}
