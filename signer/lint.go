package signer

import (
	"slices"
	"time"

	"pocketpass/signer/pkpass"
)

// Report is what Lint read and found.
type Report struct {
	Contents  pkpass.Contents
	Document  *pkpass.Document // nil when pass.json cannot be read
	Signature Signature        // zero when it cannot be read
	Findings  []pkpass.Finding // worst first
}

// Lint judges a pass file of any origin: archive, manifest, signature, chain,
// identifiers and document, as Wallet would at now. An error means that the file is
// no archive, or over the limits; everything else is a finding.
func Lint(data []byte, now time.Time) (Report, error) {
	var r Report
	contents, found, err := pkpass.Read(data, pkpass.Limits{})
	if err != nil {
		return r, err
	}
	r.Contents = contents
	r.Findings = slices.Concat(found, r.lintSignature(now), r.lintDocument(now))
	pkpass.SortFindings(r.Findings)
	r.Findings = slices.CompactFunc(r.Findings, func(a, b pkpass.Finding) bool { return a.Code == b.Code && a.Path == b.Path })
	return r, nil
}

// LintMulti judges a bundle of several passes: the reports by the names of its
// entries, and what is wrong with the bundle itself.
func LintMulti(data []byte, now time.Time) (map[string]Report, []pkpass.Finding, error) {
	passes, found, err := pkpass.ReadMulti(data, pkpass.Limits{})
	if err != nil {
		return nil, nil, err
	}
	reports := make(map[string]Report, len(passes))
	for _, p := range passes {
		r, err := Lint(p.Data, now)
		if err != nil {
			return nil, nil, err
		}
		reports[p.Name] = r
	}
	return reports, found, nil
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
	return slices.Concat(found, s.Aged(now))
}

func (r *Report) lintDocument(now time.Time) []pkpass.Finding {
	raw, ok := r.Contents.Files["pass.json"]
	if !ok {
		return nil
	}
	o := pkpass.Options{Now: now}
	found := o.ReadBundle(r.Contents.Files)
	r.Document, _ = pkpass.ParseDocument(raw.Data) // what is wrong with it is found in raw
	found = append(found, pkpass.Validate(r.Document, raw.Data, o)...)
	if r.Document == nil || r.Signature.Leaf == nil {
		return found
	}
	return append(found, r.Signature.Judge(Claims{
		PassTypeIdentifier: r.Document.PassTypeIdentifier,
		TeamIdentifier:     r.Document.TeamIdentifier,
		NFC:                r.Document.NFC != nil,
	})...)
}
