package pkpass

import (
	"fmt"
	"slices"
	"strings"
)

// IsMulti tells a .pkpasses from a .pkpass by its directory: it holds passes,
// or folders named like passes, and no pass.json of its own.
func IsMulti(data []byte) bool {
	directory, err := readDirectory(data, multiLimits(Limits{}))
	if err != nil {
		return false
	}
	names := directory.names()
	return !slices.Contains(names, documentName) && slices.ContainsFunc(names, func(name string) bool {
		root, _, _ := strings.Cut(name, "/")
		return strings.HasSuffix(root, multiExtension)
	})
}

func (d zipDirectory) names() []string {
	names := make([]string, len(d.entries))
	for i, e := range d.entries {
		names[i] = e.name
	}
	return names
}

// multiLimits leaves room beyond Apple's limit, so that exceeding it is a
// finding rather than an error.
func multiLimits(l Limits) Limits {
	if l.Packed == 0 {
		l.Packed = MaxReadBytes
	}
	if l.Unpacked == 0 {
		l.Unpacked = l.Packed
	}
	return l.orDefault()
}

// ReadMulti takes any .pkpasses apart (checks 16 and 17) and returns its
// passes, still packed, in their order; give each to Read to have it judged.
// Errors are those of Read; by default MaxReadBytes may come in.
func ReadMulti(data []byte, l Limits) ([]NamedPass, []Finding, error) {
	l = multiLimits(l)
	directory, err := readDirectory(data, l)
	if err != nil {
		return nil, []Finding{unread(err)}, err
	}
	r := archiveReader{archive: data, directory: directory, files: Bundle{}, unreadable: map[string]bool{}}
	r.checkMultiSize()
	passes := r.passes(r.trustedSpans(r.multiNames()))
	SortFindings(r.findings)
	return passes, r.findings, nil
}

// multiNames returns the entries that are passes by name.
func (r *archiveReader) multiNames() []int {
	var good []int
	for i, e := range r.directory.entries {
		switch fault := nameFault(e.name); {
		case fault != nil && !strings.HasSuffix(e.name, "/"):
			r.report(fault.at(e.name))
		case strings.Contains(e.name, "/") || !strings.HasSuffix(e.name, multiExtension):
			r.report(faultBundleEntry.at(e.name))
		default:
			good = append(good, i)
		}
	}
	return good
}

func (r *archiveReader) checkMultiSize() {
	if len(r.archive) > MaxMultiBytes {
		r.report(faultBundleLarge.at(""))
	}
	switch n := len(r.directory.entries); {
	case n == 0:
		r.report(faultBundleEmpty.at(""))
	case n > MaxMultiPasses:
		r.report(faultBundleMany.at("", n))
	}
}

func (r *archiveReader) passes(spans map[int]span) []NamedPass {
	r.unpack(spans)
	var out []NamedPass
	for _, e := range r.directory.entries {
		f, ok := r.files[e.path]
		if !ok {
			continue
		}
		delete(r.files, e.path) // of duplicates the first one counts
		out = append(out, NamedPass{Name: e.path, Data: f.Data})
		if err := completePass(f.Data); err != nil {
			r.report(faultBundleIncomplete.at(e.path, err))
		}
	}
	return out
}

// completePass looks for the three files that make a pass, without unpacking.
func completePass(data []byte) error {
	directory, err := readDirectory(data, Limits{}.orDefault())
	if err != nil {
		return err
	}
	for _, name := range []string{documentName, manifestName, signatureName} {
		if !slices.Contains(directory.names(), name) {
			return fmt.Errorf("%s is missing at its root", name)
		}
	}
	return nil
}
