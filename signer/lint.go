package signer

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pocketpass/signer/pkpass"
)

// Report is what Lint read and found.
type Report struct {
	Name      string // of the pass's entry in a .pkpasses, else empty
	Contents  pkpass.Contents
	Document  *pkpass.Document // without members of a wrong type; nil when pass.json is no JSON object
	Signature Signature        // zero when it cannot be read
	Findings  []pkpass.Finding // worst first
}

// Lint judges a pass file of any origin: archive, manifest, signature, chain,
// identifiers and document, as Wallet would at now. What a demo authority signed
// counts as good, with a note: apart from that, it is judged like Apple's.
//
// An error means that the file is no archive, or over the limits. It comes with a
// Report of one finding that says the same; everything else is a finding alone.
func Lint(data []byte, now time.Time) (Report, error) {
	var r Report
	contents, found, err := pkpass.Read(data, pkpass.Limits{})
	if err != nil {
		r.Findings = found
		return r, err
	}
	r.Contents = contents
	r.Findings = slices.Concat(found, r.lintSignature(now), r.lintDocument(now))
	pkpass.SortFindings(r.Findings)
	r.Findings = slices.CompactFunc(r.Findings, func(a, b pkpass.Finding) bool { return a.Code == b.Code && a.Path == b.Path })
	return r, nil
}

// LintMulti judges a .pkpasses: its passes in their order, and what is wrong with
// the bundle itself. Passes beyond the tenth, which phones refuse anyway, and
// entries that cannot be read as archives have no report. The reports are without
// Contents, so that not all passes are in memory together. Errors are as with Lint.
func LintMulti(data []byte, now time.Time) ([]Report, []pkpass.Finding, error) {
	passes, found, err := pkpass.ReadMulti(data, pkpass.Limits{})
	if err != nil {
		return nil, found, err
	}
	var reports []Report
	for _, p := range passes[:min(len(passes), pkpass.MaxMultiPasses)] {
		r, err := Lint(p.Data, now)
		if err != nil {
			continue // in found as bundle_pass_incomplete
		}
		r.Name, r.Contents = p.Name, pkpass.Contents{}
		reports = append(reports, r)
	}
	found = append(found, twins(reports)...)
	pkpass.SortFindings(found)
	return reports, found, nil
}

// twins are passes of a bundle that are one to Wallet (check 39).
func twins(reports []Report) []pkpass.Finding {
	var found []pkpass.Finding
	first := make(map[[2]string]string) // by pass type and serial number: the file
	for _, r := range reports {
		if r.Document == nil || r.Document.SerialNumber == "" {
			continue // reported as missing
		}
		pass := [2]string{r.Document.PassTypeIdentifier, r.Document.SerialNumber}
		if other, taken := first[pass]; taken {
			found = append(found, pkpass.Finding{
				Check: checkSerial, Code: "serial_number_twice", Severity: pkpass.Warning, Path: r.Name,
				Effect: "only one of the two passes is on the phone in the end",
				Remedy: fmt.Sprintf("give each pass a serial number of its own, or leave one of them out: %q has the same", other),
			})
			continue
		}
		first[pass] = r.Name
	}
	return found
}

func (r *Report) lintSignature(now time.Time) []pkpass.Finding {
	if r.Contents.Signature == nil || r.Contents.Manifest == nil {
		return nil // reported as missing files
	}
	s, found, err := Verify(r.Contents.Signature, r.Contents.Manifest)
	if err != nil {
		return found
	}
	r.Signature = s
	return slices.Concat(found, s.Aged(now), s.trial())
}

// trial tells a pass that only a demo's phones take.
func (s Signature) trial() []pkpass.Finding {
	if !s.Demo {
		return nil
	}
	return []pkpass.Finding{{
		Check: checkChain, Code: "signed_by_demo_authority", Severity: pkpass.Note, Path: signaturePath,
		Effect: "phones refuse the pass, only the simulated ones take it: it was signed by a demo authority",
		Remedy: "for real phones, sign with a Pass Type ID certificate from Apple's portal",
	}}
}

func (r *Report) lintDocument(now time.Time) []pkpass.Finding {
	raw, ok := r.Contents.Files["pass.json"]
	if !ok {
		return nil // reported as missing or unreadable
	}
	o := pkpass.Options{Now: now, LocalService: r.Signature.Demo}
	found := o.ReadBundle(r.Contents.Files)
	r.Document = pkpass.SalvageDocument(raw.Data)
	found = append(found, pkpass.Validate(nil, raw.Data, o)...)
	if r.Document == nil {
		return found
	}
	found = append(found, r.Contents.Files.CheckImages(r.Document.Faces()...)...)
	return append(found, r.judge()...)
}

// judge compares document and certificate. A certificate that is not for passes
// has nothing to compare, and identifiers that are missing are reported as such.
func (r *Report) judge() []pkpass.Finding {
	s, d := r.Signature, r.Document
	if s.Leaf == nil || !isPassCertificate(s.Leaf) {
		return nil
	}
	return s.Judge(Claims{
		PassTypeIdentifier: cmp.Or(d.PassTypeIdentifier, s.PassTypeIdentifier),
		TeamIdentifier:     cmp.Or(d.TeamIdentifier, s.TeamIdentifier),
		NFC:                d.NFC != nil,
	})
}
