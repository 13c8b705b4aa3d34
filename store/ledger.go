package store

import (
	"crypto/sha256"
	"encoding/base64"
	"iter"
	"time"

	"pocketpass/store/kv"
)

// Entry is one line of the ledger of a pass. Entries are only ever added; what is
// wrong is taken back by another entry.
type Entry struct {
	Pass     ID
	Number   uint64 // from 1, without gaps
	ID       ID     // of the redemption, for lists and links
	Org      ID
	Campaign ID
	Action   Action
	Amount   int64   // stamps, points or minor units; below zero only to adjust
	After    Account // what the pass came to with it
	Undoes   uint64  // number of the entry that it takes back, 0 if none
	Voided   bool    // the pass became void by it
	At       time.Time
	Key      ID // API key that asked for it, 0 for the appliance itself
	Channel  Channel
	Client   string // key that the client chose, so that asking again does nothing
	Request  string // digest of what was asked for under it

	By    Erasable // who
	Place Erasable // where
	Code  Erasable // text that was scanned or typed
	Note  Erasable
	Hash  string // of the chain up to here
}

// Channel is where a redemption came from.
type Channel string

// The channels.
const (
	ByAPI     Channel = "api"
	ByScanner Channel = "scanner"
	ByWeb     Channel = "web"
)

// Erasable is a text that may name a person. The chain holds its digest only, so
// that text and salt can be erased and the chain stays whole.
type Erasable struct {
	Text   string
	Salt   string // random; without it nobody can find out by trial what the text was
	Digest string // SHA-256(salt ‖ text); empty if there never was a text
}

// NewErasable returns a text with its digest; none if text is empty.
func NewErasable(text, salt string) Erasable {
	if text == "" {
		return Erasable{}
	}
	return Erasable{text, salt, digestOf(salt, text)}
}

func digestOf(salt, text string) string {
	sum := sha256.Sum256([]byte(salt + text))
	return string(sum[:])
}

// intact says whether the text is the one that was entered, or was erased.
func (x Erasable) intact() bool {
	if x.Text == "" && x.Salt == "" {
		return true
	}
	return x.Digest == digestOf(x.Salt, x.Text)
}

func (x *Erasable) erase() { x.Text, x.Salt = "", "" }

// proven are the fields that the chain holds, in the order in which they are
// hashed. It can never change: hashes of entries that exist depend on it.
func (e *Entry) proven(f *fields) {
	number(f, &e.Pass)
	number(f, &e.Number)
	number(f, &e.ID)
	number(f, &e.Org)
	number(f, &e.Campaign)
	text(f, &e.Action)
	number(f, &e.Amount)
	number(f, &e.After.Balance)
	number(f, &e.After.Total)
	number(f, &e.After.Uses)
	number(f, &e.After.Rewards)
	f.flag(&e.After.Inside)
	f.time(&e.After.Last)
	number(f, &e.Undoes)
	f.flag(&e.Voided)
	f.time(&e.At)
	number(f, &e.Key)
	text(f, &e.Channel)
	text(f, &e.Client)
	text(f, &e.Request)
	for _, x := range e.texts() {
		text(f, &x.Digest)
	}
}

func (e *Entry) texts() []*Erasable { return []*Erasable{&e.By, &e.Place, &e.Code, &e.Note} }

func (e *Entry) fields(f *fields) {
	e.proven(f)
	for _, x := range e.texts() {
		text(f, &x.Text)
		text(f, &x.Salt)
	}
	if text(f, &e.Hash); f.reading {
		e.After.Entries, e.After.Hash = e.Number, e.Hash
	}
}

// chainStart begins what is hashed, so that no other hash of ours can be one of a chain.
const chainStart = "pocketpass ledger 1\x00"

// link is the hash of the chain up to e, after an entry whose hash was previous: SHA-256
// over chainStart, the hash before, and the proven fields as they are stored; in
// base64. The first entry follows the empty text.
func (e *Entry) link(previous string) string {
	f := fields{out: append([]byte(chainStart), previous...)}
	e.proven(&f)
	sum := sha256.Sum256(f.out)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

var entries = table[Entry]{
	name:   "ledger",
	fields: (*Entry).fields,
	key:    func(e *Entry) []byte { return join(e.Pass, e.Number) },
	indexes: []index[Entry]{
		{name: entryByID, unique: true, keys: func(e *Entry) [][]byte { return [][]byte{e.ID.key()} }},
		{name: entryByCampaign, keys: func(e *Entry) [][]byte { return [][]byte{join(e.Campaign, e.ID)} }},
		{name: redeemByCampaign, keys: func(e *Entry) [][]byte {
			if e.Action != Redeem {
				return nil
			}
			return [][]byte{join(e.Campaign, e.ID)}
		}},
		{name: entryByKey, keys: func(e *Entry) [][]byte { return [][]byte{join(e.Key, e.ID)} }},
		{name: entryByClient, unique: true, keys: func(e *Entry) [][]byte { return optional(e.Client, e.Org, e.Key, e.Client) }},
	},
}

const (
	entryByID        kv.Table = "ledger_id"
	entryByCampaign  kv.Table = "ledger_campaign"
	redeemByCampaign kv.Table = "ledger_redeem"
	entryByKey       kv.Table = "ledger_key"
	entryByClient    kv.Table = "ledger_client"
)

// Enter appends e to the ledger of p, makes the account of p what it comes to, and counts
// redemptions of the campaign. The caller puts p in the same transaction. Numbers, time, account and hash are
// filled in here; of an entry that undoes another it needs that one.
func (tx Tx) Enter(p *Pass, e Entry, undone *Entry) (Entry, error) {
	id, err := tx.NewID()
	if err != nil {
		return Entry{}, err
	}
	e.ID, e.Pass, e.Org, e.Campaign = id, p.ID, p.Org, p.Campaign
	e.Number, e.At = p.Account.Entries+1, tx.Now
	if e.After, err = tx.following(p.Account, e, undone); err != nil {
		return Entry{}, err
	}
	e.Hash = e.link(p.Account.Hash)
	e.After.Entries, e.After.Hash = e.Number, e.Hash
	more := e.After.Uses - p.Account.Uses
	p.Account = e.After
	if err := entries.replace(tx.kv, nil, &e); err != nil || more == 0 {
		return e, err
	}
	return e, tx.Count(e.Campaign, CountRedeemed, more)
}

func (tx Tx) following(before Account, e Entry, undone *Entry) (Account, error) {
	if undone == nil {
		after := before.With(e.Action, e.Amount)
		if e.Action.Counted() {
			after.Last = e.At
		}
		return after, nil
	}
	after := before.Without(undone.Action, undone.Amount)
	after.Last = time.Time{}
	for s, err := range tx.Standing(e.Pass) {
		if err != nil {
			return Account{}, err
		}
		if s.Number != undone.Number && s.Action.Counted() {
			after.Last = s.At
			break
		}
	}
	return after, nil
}

// Entry returns an entry of the organisation by the id of the redemption.
func (r Reader) Entry(org, id ID) (Entry, error) {
	e, err := entries.find(r.kv, entryByID, id.key())
	return owned(e, err, org, e.Org)
}

// EntryAt returns an entry of a pass by its number.
func (r Reader) EntryAt(pass ID, number uint64) (Entry, error) {
	return entries.get(r.kv, join(pass, number))
}

// EntryOfClient finds the entry that an API key asked for under a key of the client's own.
func (r Reader) EntryOfClient(org, key ID, client string) (Entry, error) {
	return entries.find(r.kv, entryByClient, join(org, key, client))
}

// Ledger lists the entries of a pass. Pages count by number.
func (r Reader) Ledger(pass ID, p Page) ([]Entry, ID, error) {
	return entries.list(r.kv, entries.name, join(pass), p, nil)
}

// EntryFilter narrows a list of entries. A campaign or a key has to be given.
type EntryFilter struct {
	Org      ID
	Campaign ID
	Key      ID
}

// Entries lists entries of a campaign or of an API key, in the order of time. The caller
// has made sure that they belong to the organisation.
func (r Reader) Entries(f EntryFilter, p Page) ([]Entry, ID, error) {
	ix, prefix := entryByCampaign, join(f.Campaign)
	if f.Key != 0 {
		ix, prefix = entryByKey, join(f.Key)
	}
	return entries.list(r.kv, ix, prefix, p, func(e *Entry) bool {
		return e.Org == f.Org && (f.Campaign == 0 || e.Campaign == f.Campaign)
	})
}

// RedeemsAt lists at most limit entries of a campaign that redeem, after as many as skip
// says, oldest first unless reverse, and how many there are. Of others it reads keys alone.
func (r Reader) RedeemsAt(campaign ID, skip, limit int, reverse bool) ([]Entry, int64, error) {
	return entries.at(r.kv, redeemByCampaign, join(campaign), skip, limit, reverse)
}

// Redeemed says whether anything was ever entered for a pass of a campaign.
func (r Reader) Redeemed(campaign ID) (found bool, err error) {
	prefix := join(campaign)
	err = r.kv.Scan(entryByCampaign, kv.Range{From: prefix, To: successor(prefix)}, func(_, _ []byte) error {
		found = true
		return kv.ErrStop
	})
	return found, err
}

// Standing goes through the entries of a pass that were not taken back, newest first.
// What takes back others is not among them.
func (r Reader) Standing(pass ID) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		undone := make(map[uint64]bool)
		prefix := join(pass)
		err := r.kv.Scan(entries.name, kv.Range{From: prefix, To: successor(prefix), Reverse: true}, func(_, raw []byte) error {
			var e Entry
			if err := entries.decode(raw, &e); err != nil {
				return err
			}
			if e.Undoes != 0 {
				undone[e.Undoes] = true
				return nil
			}
			if !undone[e.Number] && !yield(e, nil) {
				return kv.ErrStop
			}
			return nil
		})
		if err != nil {
			yield(Entry{}, err)
		}
	}
}

// EraseNotes erases what the ledger of a pass says of its holder: notes and the codes
// that were read. The chain stays whole.
func (tx Tx) EraseNotes(pass ID) error {
	all, _, err := tx.Ledger(pass, Page{})
	for _, e := range all {
		if e.Note.Text == "" && e.Code.Text == "" {
			continue
		}
		e.Note.erase()
		e.Code.erase()
		if err := entries.put(tx.kv, &e); err != nil {
			return err
		}
	}
	return err
}
