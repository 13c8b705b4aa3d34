package pkpass

import (
	"errors"
	"slices"
	"strings"
)

// Contents is what an archive holds. Data is not copied where it need not be:
// leave the archive's bytes unchanged as long as Contents is in use.
type Contents struct {
	Files     Bundle // everything but manifest and signature
	Manifest  []byte // nil if missing or unreadable
	Signature []byte // nil if missing or unreadable
}

// Read takes any .pkpass apart, also one made elsewhere, and runs the checks
// that need neither style nor certificate: 1 to 12 and 16. For the rest see
// Bundle.CheckImages, the document's validation and package signer.
//
// An error is a LimitError or wraps ErrNotZIP and comes with a finding that
// says the same. Whatever else is wrong is a finding alone, and what can still be
// read is judged: files in a wrapping
// folder as if they stood at the root, of duplicates the first. A file whose
// path is unsafe or whose bytes cannot be trusted is not among the Contents.
func Read(data []byte, l Limits) (Contents, []Finding, error) {
	directory, err := readDirectory(data, l.orDefault())
	if err != nil {
		return Contents{}, []Finding{unread(err)}, err
	}
	r := archiveReader{archive: data, directory: directory, files: Bundle{}, unreadable: map[string]bool{}}
	r.unpack(r.trustedSpans(r.goodNames()))
	c := r.contents()
	r.checkAll(c)
	SortFindings(r.findings)
	return c, r.findings, nil
}

// unread is the finding for an archive that readDirectory returned err for.
func unread(err error) Finding {
	if limit, ok := errors.AsType[*LimitError](err); ok {
		return faultOverLimits.at("", limit)
	}
	return faultUnreadable.at("", err)
}

// archiveReader collects what Read finds. Entries are known by their index in
// the directory.
type archiveReader struct {
	archive    []byte
	directory  zipDirectory
	files      Bundle
	unreadable map[string]bool // there, but without content that could be judged
	findings   []Finding
}

func (r *archiveReader) report(f Finding) { r.findings = append(r.findings, f) }

// goodNames returns the entries that are files with a safe path. From here on
// paths are relative to the folder that wraps the pass, if one does.
func (r *archiveReader) goodNames() []int {
	var good []int
	var names, folders []string
	for i, e := range r.directory.entries {
		path, isFolder := strings.CutSuffix(e.name, "/")
		if fault := nameFault(path); fault != nil {
			r.report(fault.at(e.name))
		} else if isFolder {
			folders = append(folders, e.name)
		} else {
			good, names = append(good, i), append(names, e.name)
		}
	}
	if len(folders) > 0 {
		r.report(faultDirectoryEntry.at(folders[0]))
	}
	if wrapper := wrappingFolder(names); wrapper != "" {
		r.report(faultWrappingFolder.at(wrapper))
		r.unwrap(wrapper + "/")
	}
	return good
}

func (r *archiveReader) unwrap(prefix string) {
	for i := range r.directory.entries {
		e := &r.directory.entries[i]
		e.path = strings.TrimPrefix(e.path, prefix)
	}
}

// trustedSpans returns where the entries' bytes lie, for those that can be
// read at all.
func (r *archiveReader) trustedSpans(good []int) map[int]span {
	spans, told := map[int]span{}, false
	for _, i := range good {
		e := r.directory.entries[i]
		if fault := e.fault(); fault != nil {
			r.distrust(i, *fault)
			continue
		}
		s, err := e.locate(r.archive, r.directory.start)
		if err != nil {
			r.distrust(i, faultDamaged.at(e.path, err))
			continue
		}
		if s.zip64 && !told { // one is enough: tools do so with all
			r.report(faultLocalZIP64.at(e.path))
			told = true
		}
		spans[i] = s
	}
	for i, owner := range overlapping(spans) {
		r.distrust(i, faultOverlap.at(r.directory.entries[i].path, r.directory.entries[owner].path))
		delete(spans, i)
	}
	return spans
}

// fault is what the directory alone shows to be unreadable.
func (e zipEntry) fault() *Finding {
	var f Finding
	switch {
	case e.isSymlink():
		f = faultSymlink.at(e.path)
	case e.flags&flagEncrypted != 0:
		f = faultEncrypted.at(e.path)
	case e.isZIP64():
		f = faultZIP64.at(e.path)
	case e.method != methodStore && e.method != methodDeflate:
		f = faultMethod.at(e.path, e.method)
	default:
		return nil
	}
	return &f
}

func (r *archiveReader) distrust(i int, f Finding) {
	r.unreadable[r.directory.entries[i].path] = true
	r.report(f)
}

// unpack goes by the directory's order: of duplicates the first one counts.
func (r *archiveReader) unpack(spans map[int]span) {
	for i, e := range r.directory.entries {
		s, ok := spans[i]
		if !ok {
			continue
		}
		if _, twice := r.files[e.path]; twice || r.unreadable[e.path] {
			r.report(faultDuplicate.at(e.path))
			continue
		}
		content, err := e.unpack(r.archive[s.data:s.end])
		if err != nil {
			r.distrust(i, faultDamaged.at(e.path, err))
			continue
		}
		r.files[e.path] = NewFile(content)
	}
}

// contents takes manifest and signature out of the files.
func (r *archiveReader) contents() Contents {
	c := Contents{Manifest: r.files[manifestName].Data, Signature: r.files[signatureName].Data, Files: r.files}
	for _, name := range []string{manifestName, signatureName} {
		if _, ok := r.files[name]; !ok && !r.unreadable[name] {
			r.report(faultFileMissing.at(name))
		}
		delete(r.files, name)
		delete(r.unreadable, name)
	}
	return c
}

func (r *archiveReader) checkAll(c Contents) {
	checks := fileChecks{files: c.Files, names: r.names()}
	if c.Manifest != nil {
		checks.checkManifest(c.Manifest)
	}
	checks.run()
	r.findings = append(r.findings, checks.findings...)
	if len(r.archive) > largeArchive {
		r.report(faultArchiveLarge.at("", len(r.archive)))
	}
}

// names lists the files that are there, readable or not.
func (r *archiveReader) names() []string {
	var names []string
	for name := range r.files {
		names = append(names, name)
	}
	for name := range r.unreadable {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
