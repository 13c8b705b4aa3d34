package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pocketpass/store"
)

const (
	maxCode   = 128     // characters of a code, and of what every barcode says
	maxPrefix = 32      // characters before a running number
	maxDigits = 18      // of a running number
	maxFirst  = 1 << 50 // first running number; leaves room for as many passes as there will ever be
	minRandom = 6       // characters of a random code
	maxRandom = 32
	anyRandom = 10 // of a random code whose length nobody chose

	// codesPerCall bounds an upload; codesPerCommit what of it shares a commit, for
	// which other writers wait.
	codesPerCall   = 100_000
	codesPerCommit = 1000
)

// codeAlphabet has no two characters that look or sound alike.
const codeAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// codeUsed is what an order is refused with whose code another pass has.
const codeUsed = "code_taken"

// codeFor is the code of the next pass of a campaign, "" if it has none. It only
// reads; spendCode writes what the code costs.
func codeFor(r store.Reader, c store.Campaign, o Order) (string, error) {
	switch c.Rules.Numbering.Kind {
	case store.Sequential, store.Fixed:
		if o.keepsCode(c) {
			return o.Code, unusedCode(r, c, o.Code)
		}
		return runningCode(r, c)
	case store.FromList:
		return listedCode(r, c)
	case store.Given:
		return o.Code, unusedCode(r, c, o.Code)
	case store.Random:
		return randomCode(r, c)
	}
	return "", nil
}

// keepsCode says whether a pass that moved here has its number already.
func (o Order) keepsCode(c store.Campaign) bool {
	return o.Former.ID != "" && o.Code != "" && slices.Contains([]store.NumberingKind{store.Sequential, store.Fixed}, c.Rules.Numbering.Kind)
}

// skipCode has the numbers of a campaign go on behind that of a pass that moved here.
func skipCode(tx store.Tx, p store.Pass) error {
	c, err := tx.Campaign(p.Org, p.Campaign)
	if err != nil || p.Code == "" {
		return err
	}
	text, _ := strings.CutPrefix(p.Code, c.Rules.Numbering.Prefix)
	number, unread := strconv.ParseInt(text, 10, 64)
	next, err := runningNumber(tx.Reader, c)
	if err != nil || unread != nil || number < next || number > 1<<53 {
		return err
	}
	return tx.Count(c.ID, store.CountSkipped, number+1-next)
}

// runningCode is the next number. What was ever issued is counted in the same
// commit and never counted down, and the numbering stays once there is a pass, so
// no number comes twice.
func runningCode(r store.Reader, c store.Campaign) (string, error) {
	number, err := runningNumber(r, c)
	return fmt.Sprintf("%s%0*d", c.Rules.Numbering.Prefix, c.Rules.Numbering.Digits, number), err
}

func runningNumber(r store.Reader, c store.Campaign) (int64, error) {
	issued, err := r.Counter(c.ID, store.CountIssued)
	if err != nil {
		return 0, err
	}
	skipped, err := r.Counter(c.ID, store.CountSkipped)
	return max(1, c.Rules.Numbering.Next) + issued + skipped, err
}

func listedCode(r store.Reader, c store.Campaign) (string, error) {
	code, err := r.NextCode(c.ID)
	if errors.Is(err, store.ErrNotFound) {
		return "", conflict("code_list_empty", "every code of the campaign's list was given out; add codes to it")
	}
	return code, err
}

func unusedCode(r store.Reader, c store.Campaign, code string) error {
	taken, err := r.CodeTaken(c.ID, code)
	if err != nil || !taken {
		return err
	}
	e := conflict(codeUsed, "another pass of the campaign has this code; choose another or change that one")
	e.Fields = []FieldError{{Path: "/code", Msg: e.Msg}}
	return e
}

// maxDraws is how often a random code is drawn before the campaign counts as full
// of codes of that length.
const maxDraws = 32

func randomCode(r store.Reader, c store.Campaign) (string, error) {
	for range maxDraws {
		code := randomText(codeAlphabet, randomLength(c.Rules.Numbering))
		taken, err := r.CodeTaken(c.ID, code)
		if err != nil || !taken {
			return code, err
		}
	}
	return "", conflict("codes_used_up", "nearly every code of %d characters is taken; issue from another campaign with longer ones", randomLength(c.Rules.Numbering))
}

func randomLength(n store.Numbering) int {
	if n.Digits == 0 {
		return anyRandom
	}
	return n.Digits
}

// spendCode takes a code that a pass was given from where it came.
func spendCode(tx store.Tx, c store.Campaign) error {
	if c.Rules.Numbering.Kind == store.FromList {
		return tx.DropCode(c.ID)
	}
	return nil
}

// sampleCode looks like the code that an order will get, to be judged before the
// transaction that gives it.
func sampleCode(r store.Reader, c store.Campaign, o Order) (string, error) {
	if err := checkGiven(c, o); err != nil {
		return "", err
	}
	switch c.Rules.Numbering.Kind {
	case store.Random:
		return strings.Repeat("8", randomLength(c.Rules.Numbering)), nil
	case store.Given:
		return o.Code, nil // whether it is taken, the commit says
	}
	return codeFor(r, c, o)
}

// checkGiven wants a code where the campaign's come with the orders, and only there.
func checkGiven(c store.Campaign, o Order) error {
	given := c.Rules.Numbering.Kind == store.Given
	switch {
	case given && o.Code == "":
		return invalid("/code", "code_missing", "codes of this campaign come with the orders; give one")
	case !given && o.Code != "" && !o.keepsCode(c):
		return invalid("/code", "code_not_given", "the campaign takes no code with an order; leave it out, or set its numbering to given before the first pass")
	}
	return nil
}

func checkCode(path, code string) error {
	if utf8.RuneCountInString(code) > maxCode || !printable(code) {
		return invalid(path, "code", "a code has 1 to %d characters and no control characters", maxCode)
	}
	return nil
}

// AddedCodes is what came of an upload.
type AddedCodes struct {
	Added int   // new on the list
	Known int   // repeated, on the list before, or of a pass
	Free  int64 // on the list now
}

// AddCodes appends codes to the list of a campaign that takes its codes from one. A
// code that is known is passed over, so an upload that broke off may be repeated.
// Nothing is added if one of them cannot be a code.
func (i *Issuer) AddCodes(ctx context.Context, a Actor, campaign store.ID, codes []string) (out AddedCodes, err error) {
	if err := checkCodes(codes); err != nil {
		return out, err
	}
	batches := slices.Collect(slices.Chunk(codes, codesPerCommit))
	if len(batches) == 0 {
		batches = append(batches, nil) // to say what is there
	}
	for _, batch := range batches {
		added := 0
		err := i.update(ctx, func(tx store.Tx) (err error) {
			if err := takesCodes(tx.Reader, a, campaign); err != nil {
				return err
			}
			if added, err = tx.AddCodes(campaign, batch); err != nil {
				return err
			}
			out.Free, err = tx.FreeCodes(campaign)
			return err
		})
		if err != nil {
			return out, fmt.Errorf("add codes: %w", err)
		}
		out.Added += added
	}
	out.Known = len(codes) - out.Added
	return out, nil
}

func checkCodes(codes []string) error {
	if len(codes) > codesPerCall {
		return &Error{Kind: TooLarge, Code: "too_many_codes", Msg: fmt.Sprintf("%d codes are more than the %d of one call; send them in several", len(codes), codesPerCall)}
	}
	for n, code := range codes {
		path := fmt.Sprintf("/%d", n)
		if code == "" {
			return invalid(path, "code", "code %d is empty; leave it out", n+1)
		}
		if err := checkCode(path, code); err != nil {
			return err
		}
	}
	return nil
}

func takesCodes(r store.Reader, a Actor, campaign store.ID) error {
	c, err := r.Campaign(a.Org, campaign)
	if err == nil && c.Rules.Numbering.Kind != store.FromList {
		err = conflict("numbering_not_list", "the campaign takes no codes from a list; set its numbering to list before the first pass")
	}
	return err
}
