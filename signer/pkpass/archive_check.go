package pkpass

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// largeArchive is where vendors advise to stop, in bytes.
const largeArchive = 3_000_000

// Check judges the files of a bundle by themselves: checks 1 to 5 and 10 to
// 12, as far as they are settled before sealing. The images' sizes depend on
// the style; see CheckImages.
func (b Bundle) Check() []Finding {
	c := fileChecks{files: b, names: slices.Sorted(maps.Keys(b))}
	for _, name := range c.names {
		if fault := nameFault(name); fault != nil {
			c.report(fault.at(name))
		}
	}
	c.run()
	SortFindings(c.findings)
	return c.findings
}

// fileChecks collects what is wrong with a set of files.
type fileChecks struct {
	files    Bundle
	names    []string          // sorted; may hold more than files: present but unreadable
	manifest map[string]string // nil if there is none yet, or none that can be read
	findings []Finding
}

func (c *fileChecks) report(f Finding) { c.findings = append(c.findings, f) }

func (c *fileChecks) has(name string) bool {
	_, ok := slices.BinarySearch(c.names, name)
	return ok
}

func (c *fileChecks) run() {
	if !c.has(documentName) {
		c.report(faultFileMissing.at(documentName))
	}
	c.checkIcon()
	c.checkCase()
	c.checkFolders()
	for _, name := range c.names {
		if isJunk(name) {
			c.report(c.junkFault(name).at(name))
			continue
		}
		c.checkImage(name)
	}
}

// checkIcon is checks 2 and 3.
func (c *fileChecks) checkIcon() {
	var anywhere, atRoot [MaxScale + 1]bool
	for _, name := range c.names {
		if f, ok := ParseImageName(name); ok && f.Kind == Icon {
			anywhere[0], anywhere[f.Scale] = true, true
			atRoot[0] = atRoot[0] || f.Folder == ""
		}
	}
	if !anywhere[0] {
		c.report(faultIconMissing.at(ImageName(Icon, 1)))
		return
	}
	if !atRoot[0] {
		c.report(faultIconNotAtRoot.at(ImageName(Icon, 1)))
	}
	for scale := 2; scale <= MaxScale; scale++ {
		if !anywhere[scale] {
			c.report(faultIconScale.at(ImageName(Icon, scale)))
		}
	}
}

// checkCase is the second half of check 10; manifest and signature take part
// whether they are there yet or not.
func (c *fileChecks) checkCase() {
	folded := map[string]string{manifestName: manifestName, signatureName: signatureName}
	for _, name := range c.names {
		lower := strings.ToLower(name)
		if other, clash := folded[lower]; clash {
			c.report(faultCaseClash.at(name, other))
			continue
		}
		folded[lower] = name
	}
}

// checkFolders reports each folder that is not a language's, once.
func (c *fileChecks) checkFolders() {
	seen := map[string]bool{"": true}
	for _, name := range c.names {
		folder, _ := splitFolder(name)
		if !seen[folder] && !isLanguageFolder(folder) && !isJunk(name) && nameFault(name) == nil {
			c.report(faultFolderUnknown.at(folder))
		}
		seen[folder] = true
	}
}

// junkFault is check 5: a leftover is fatal only as an unlisted file.
func (c *fileChecks) junkFault(name string) archiveFault {
	if _, listed := c.manifest[name]; c.manifest != nil && !listed {
		return faultJunkUnlisted
	}
	return faultJunkListed
}

// checkManifest is checks 6 to 9.
func (c *fileChecks) checkManifest(data []byte) {
	listed, err := parseManifest(data)
	if err != nil {
		c.report(faultManifestMalformed.at(manifestName, err))
		return
	}
	c.manifest = listed
	for _, name := range c.names {
		if _, ok := listed[name]; !ok && !isJunk(name) {
			c.report(faultUnlisted.at(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		c.checkListed(name, listed[name])
	}
}

func (c *fileChecks) checkListed(name, sum string) {
	f, readable := c.files[name]
	switch want := hex.EncodeToString(f.SHA1[:]); {
	case name == manifestName || name == signatureName:
		c.report(faultManifestItself.at(name))
	case name == documentName && !c.has(name): // reported as missing already
	case !c.has(name):
		c.report(faultListedMissing.at(name))
	case !isSHA1(sum):
		c.report(faultHashMalformed.at(name))
	case readable && sum != want:
		c.report(faultHashMismatch.at(name))
	}
}

func isSHA1(sum string) bool {
	return len(sum) == 40 && strings.Trim(sum, "0123456789abcdef") == ""
}
