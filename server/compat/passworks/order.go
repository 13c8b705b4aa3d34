package passworks

import (
	"encoding/json"
	"errors"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// read reads what a request says of a pass of the definition.
func (ch change) read(in *input, d *definition) (change, error) {
	ch.values = make(map[string]json.RawMessage)
	ch.readFields(in, d)
	err := errors.Join(ch.readPlaces(in), ch.readCodes(in, d), ch.readDates(in, d), ch.readInfo(in))
	ch.readImages(in)
	if raw, ok := in.given("voided"); ok && !isNull(raw) {
		ch.voided = new(bool)
		in.flag("voided", ch.voided)
	}
	push := true
	in.flag("push", &push)
	ch.quiet = !push
	return ch, errors.Join(in.err, err)
}

func (ch *change) readPlaces(in *input) (err error) {
	if all, given := readLocations(in); given {
		err = ch.own.set("locations", ownLocations(all))
	}
	if all, given := readBeacons(in); given {
		err = errors.Join(err, ch.own.set("beacons", appleBeacons(all)))
	}
	return err
}

// readCodes reads barcodes of the pass's own: of a list without messages those of the
// barcode beside it, and else those of the campaign.
func (ch *change) readCodes(in *input, d *definition) error {
	b := d.Look.Barcode
	if d.CodeType == codeFixed {
		b.Message, b.AltText = "", ""
	}
	var had []pkpass.Barcode
	if given, err := ch.own.get("barcodes", &had); err != nil {
		return err
	} else if given && len(had) > 0 {
		b = barcodeOf(had[0])
	}
	one := readBarcode(in, &b)
	all, several := readBarcodes(in)
	if in.err != nil || !one && !several {
		return in.err
	}
	if !several || len(all) == 0 {
		all = []barcode{b}
	}
	for n := range all {
		if all[n].Message == "" && one {
			all[n].Message = b.Message
		}
		if all[n].Message == "" && d.CodeType != codeFixed {
			all[n].Message = d.Look.Barcode.Message
		}
		if ch.code == "" {
			ch.code = all[n].Message
		}
	}
	return ch.own.set("barcodes", apples(all, d.alternative(), d.encoding()))
}

func (ch *change) readDates(in *input, d *definition) error {
	var err error
	for name, key := range map[string]string{"expiration_date": "expirationDate", "relevant_date": "relevantDate"} {
		if _, ok := in.given(name); !ok {
			continue
		}
		var at time.Time
		if in.date(name, &at); at.IsZero() {
			delete(ch.own.members, key)
			continue
		}
		err = errors.Join(err, ch.own.set(key, appleDate(at)))
	}
	if _, ok := in.given("max_distance"); ok {
		var most *int
		in.whole("max_distance", &most, 1, d.kind().maxDistance)
		if delete(ch.own.members, "maxDistance"); most != nil {
			err = errors.Join(err, ch.own.set("maxDistance", *most))
		}
	}
	return err
}

func (ch *change) readInfo(in *input) error {
	var info json.RawMessage
	if !in.info("user_info", &info) {
		return nil
	}
	return ch.own.set("userInfo", escaped(string(info)))
}

// readImages reads pictures of the pass's own.
func (ch *change) readImages(in *input) {
	for _, slot := range slots {
		if _, ok := in.given(slot + "_id"); !ok {
			continue
		}
		if ch.images == nil {
			ch.images = make(map[string]store.ID)
		}
		var id store.ID
		in.id(slot+"_id", &id)
		ch.images[slot] = id
	}
}

// dress makes assets the pictures of a pass; had are those that it has. A slot without an
// asset goes back to the campaign's.
func (ch *change) dress(r store.Reader, org store.ID, style string, had map[string]store.ID) (images map[string]store.ID, pictures map[string]issuer.Upload, err error) {
	if ch.images == nil {
		return had, nil, nil
	}
	if err := hasAssets(r, org, ch.images); err != nil {
		return nil, nil, err
	}
	images, pictures = make(map[string]store.ID), make(map[string]issuer.Upload)
	for slot, id := range had {
		if _, changed := ch.images[slot]; !changed {
			images[slot] = id
		}
	}
	for slot, id := range ch.images {
		if id == 0 || !shows(style, slot, false) {
			continue
		}
		if err := picture(r, org, id, slot, images, pictures); err != nil {
			return nil, nil, err
		}
	}
	return images, pictures, nil
}

// expires is the end of a pass that a request gives, nil if it says nothing.
func (ch *change) expires(in *input) (*time.Time, error) {
	if _, ok := in.given("expiration_date"); !ok {
		return nil, nil
	}
	var at time.Time
	in.date("expiration_date", &at)
	return &at, in.err
}
