package issuer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

// Limits of passes that are files.
const (
	MaxPassFile   = 10 << 20 // bytes
	maxDocument   = 1 << 20  // bytes of pass.json
	maxFileToken  = 1 << 10  // bytes
	maxFileSerial = 255      // characters
)

// goodPassType is what may stand for a passTypeIdentifier of a file.
var goodPassType = regexp.MustCompile(`^[A-Za-z0-9.-]{1,255}$`)

// fileFacts is what a file of a pass says of itself.
type fileFacts struct {
	data                    []byte
	passType, serial, token string
	service                 string // webServiceURL
	scans                   []string
	found                   []pkpass.Finding
}

// examine reads a file without unpacking anything to disk.
func (i *Issuer) examine(f PassFile) (fileFacts, error) {
	if len(f.Data) > MaxPassFile {
		return fileFacts{}, &Error{Kind: TooLarge, Code: "file_large", Msg: fmt.Sprintf("the file has %d bytes, the limit is %d", len(f.Data), MaxPassFile)}
	}
	r, err := signer.Lint(f.Data, i.cfg.Now())
	if err != nil {
		return fileFacts{}, badFile(r.Findings, "%v", err)
	}
	if bad := broken(r.Findings, f.Verified); len(bad) > 0 {
		return fileFacts{}, badFile(bad, "%s: %s; %s", bad[0].Path, bad[0].Effect, bad[0].Remedy)
	}
	x, err := readFacts(r.Contents.Files[documentFile].Data)
	if err != nil {
		return x, badFile(r.Findings, "%v", err)
	}
	if err := x.belongs(f); err != nil {
		return x, err
	}
	exposed, err := x.exposes(f)
	x.data, x.found = f.Data, slices.Concat(exposed, i.elsewhere(x.service), r.Findings)
	return x, err
}

func badFile(found []pkpass.Finding, format string, args ...any) error {
	e := invalid("/file", "pass_file", format, args...)
	e.Findings = found
	return e
}

// Checks of package pkpass and package signer that find what a file must not be.
var (
	archiveChecks   = []int{1, 4, 7, 8, 9, 10, 16} // no whole archive: its bytes, its names, its manifest
	signatureChecks = []int{19, 20, 21, 22, 23, 24, 25, 26}
)

// broken are the findings with which a file is not kept.
func broken(all []pkpass.Finding, verified bool) (out []pkpass.Finding) {
	for _, f := range pkpass.Blocking(all) {
		if slices.Contains(archiveChecks, f.Check) || verified && slices.Contains(signatureChecks, f.Check) {
			out = append(out, f)
		}
	}
	return out
}

func readFacts(document []byte) (x fileFacts, err error) {
	if len(document) > maxDocument {
		return x, fmt.Errorf("pass.json has %d bytes, the limit is %d", len(document), maxDocument)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(document, &members); err != nil || members == nil {
		return x, fmt.Errorf("pass.json is no JSON object")
	}
	for key, to := range map[string]*string{"passTypeIdentifier": &x.passType, "serialNumber": &x.serial, "authenticationToken": &x.token, "webServiceURL": &x.service} {
		if raw, ok := members[key]; ok && json.Unmarshal(raw, to) != nil {
			return x, fmt.Errorf("%s in pass.json is no text", key)
		}
	}
	if len(x.token) > maxFileToken {
		return x, fmt.Errorf("authenticationToken has %d bytes, the limit is %d", len(x.token), maxFileToken)
	}
	x.scans = scansOf(document)
	return x, nil
}

// belongs refuses a file of another pass than it was given as.
func (x fileFacts) belongs(f PassFile) error {
	switch {
	case x.passType != cmp.Or(f.PassTypeIdentifier, x.passType) || x.serial != cmp.Or(f.SerialNumber, x.serial):
		return invalid("/file", "pass_mismatch", "pass.json has another passTypeIdentifier or serialNumber than the address")
	case !goodPassType.MatchString(x.passType):
		return invalid("/file", "pass_mismatch", "passTypeIdentifier has 1 to 255 characters of A-Z a-z 0-9 . -")
	case !goodFileSerial(x.serial):
		return invalid("/file", "pass_mismatch", "serialNumber has 1 to %d characters and no control characters", maxFileSerial)
	}
	return nil
}

func goodFileSerial(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= maxFileSerial && printable(s)
}

// exposes finds a token that opens more than the pass that everybody can read it in.
func (x fileFacts) exposes(f PassFile) ([]pkpass.Finding, error) {
	if f.IsKey == nil || x.token == "" {
		return nil, nil
	}
	if more, err := f.IsKey(x.token); !more || err != nil {
		return nil, err
	}
	return []pkpass.Finding{{Code: "token_is_key", Severity: pkpass.Warning, Path: "pass.json#/authenticationToken",
		Effect: "whoever holds the pass can read an API key in it, and hand over passes in your name", Remedy: "give passes tokens of their own, then revoke the key"}}, nil
}

// elsewhere finds an address that leads phones away from here.
func (i *Issuer) elsewhere(service string) []pkpass.Finding {
	if service == "" || strings.HasPrefix(service, i.cfg.BaseURL+"/") {
		return nil // that there is none is found with the rest
	}
	return []pkpass.Finding{{Code: "service_elsewhere", Severity: pkpass.Warning, Path: "pass.json#/webServiceURL",
		Effect: "phones ask another server for updates, and get none from here", Remedy: "give it an address that begins with " + i.cfg.BaseURL}}
}
