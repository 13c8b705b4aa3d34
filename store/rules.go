package store

import "time"

// Rules are what a campaign holds its passes to.
type Rules struct {
	Starts    time.Time `json:"starts,omitzero"`    // nothing is issued before
	Ends      time.Time `json:"ends,omitzero"`      // nothing is issued after; what is left then is voided
	Ended     time.Time `json:"ended,omitzero"`     // when that was done
	MaxIssued int64     `json:"maxIssued,omitzero"` // ever; 0 means no limit
	PerPerson int       `json:"perPerson,omitzero"` // passes of one person; 0 means no limit
	Unique    Contact   `json:"unique,omitempty"`   // one pass for each e-mail address or phone number

	Numbering         Numbering  `json:"numbering,omitzero"`
	Expiry            ExpiryRule `json:"expiry,omitzero"`
	SharingProhibited bool       `json:"sharingProhibited,omitempty"`
}

// Contact is a way to reach a person that can tell one from another.
type Contact string

// The contacts.
const (
	ByEmail Contact = "email"
	ByPhone Contact = "phone"
)

// Numbering says where the codes of a campaign's passes come from.
type Numbering struct {
	Kind   NumberingKind `json:"kind,omitempty"`
	Prefix string        `json:"prefix,omitempty"` // before a running number
	Digits int           `json:"digits,omitempty"` // a running number is padded with zeros to so many; a random code has so many characters
	Next   int64         `json:"next,omitempty"`   // first running number, 0 means 1
	Fixed  string        `json:"fixed,omitempty"`  // what every barcode says
}

// NumberingKind is a way to make codes.
type NumberingKind string

// The kinds. Without one a pass has no code and its barcodes say what the template does.
const (
	Sequential NumberingKind = "sequential" // running numbers, never used twice
	Fixed      NumberingKind = "fixed"      // every barcode says the same; the code is a running number
	FromList   NumberingKind = "list"       // taken from an uploaded list, in its order
	Given      NumberingKind = "given"      // comes with each order, unique in the campaign
	Random     NumberingKind = "random"
)

// ExpiryRule says when passes of a campaign expire that bring no date of their own.
type ExpiryRule struct {
	At           time.Time `json:"at,omitzero"`           // on a date
	AfterIssue   int       `json:"afterIssue,omitzero"`   // days after it was issued
	AfterInstall int       `json:"afterInstall,omitzero"` // days after a device first added it
}

// Redemption says what redeeming a pass of a campaign means.
type Redemption struct {
	Kind      RedemptionKind `json:"kind,omitempty"`
	Uses      int64          `json:"uses,omitzero"`       // of a pass in all, or within the window
	Window    Window         `json:"window,omitempty"`    // of Windowed
	Goal      int64          `json:"goal,omitzero"`       // stamps for a reward
	Reward    string         `json:"reward,omitempty"`    // what that is, for people
	Tiers     []Tier         `json:"tiers,omitempty"`     // of points, by ascending total
	Currency  string         `json:"currency,omitempty"`  // ISO 4217, of Value
	Most      int64          `json:"most,omitzero"`       // highest balance; 0 means no limit but that of the numbers
	KeepValid bool           `json:"keepValid,omitempty"` // a pass that is used up is not voided
}

// RedemptionKind is what a pass is good for.
type RedemptionKind string

// The kinds. None, the zero value, counts redemptions and refuses none.
const (
	Uncounted  RedemptionKind = ""
	Single     RedemptionKind = "single"     // once
	Uses       RedemptionKind = "uses"       // several times
	Windowed   RedemptionKind = "window"     // so often a day, week or month
	Stamps     RedemptionKind = "stamps"     // each a stamp; a full card is a reward
	Points     RedemptionKind = "points"     // earned and spent; their total makes the tier
	Value      RedemptionKind = "value"      // money in minor units
	Attendance RedemptionKind = "attendance" // in and out
)

// Window is a stretch of the calendar in the campaign's time zone.
type Window string

// The windows.
const (
	PerHour  Window = "hour"
	PerDay   Window = "day"
	PerWeek  Window = "week" // from Monday
	PerMonth Window = "month"
)

// Tier is a rank that a total of points gives.
type Tier struct {
	Name string `json:"name"`
	From int64  `json:"from"`
}

// Field says what a value is and who decides it.
type Field struct {
	Key      string    `json:"key"`
	Fixed    bool      `json:"fixed,omitempty"`    // the template's value counts for every pass; else each pass may have its own
	Type     FieldType `json:"type,omitempty"`     // empty means text
	Label    string    `json:"label,omitempty"`    // asks for it on a form
	Required bool      `json:"required,omitempty"` // a pass cannot be issued without it
	Ask      bool      `json:"ask,omitempty"`      // on the campaign's form
	Default  string    `json:"default,omitempty"`  // of passes that have none

	HideEmpty bool `json:"hideEmpty,omitempty"` // is left out of passes on which it is an empty text
	Insist    bool `json:"insist,omitempty"`    // on the campaign's form, which takes no empty answer; orders need none
}

// FieldType is what a value may be.
type FieldType string

// The types.
const (
	TextField     FieldType = "text"
	NumberField   FieldType = "number"
	IntegerField  FieldType = "integer"
	MoneyField    FieldType = "money" // minor units
	DateField     FieldType = "date"  // 2006-01-02
	DateTimeField FieldType = "datetime"
	BooleanField  FieldType = "boolean"
	EmailField    FieldType = "email"
	PhoneField    FieldType = "phone"
	URLField      FieldType = "url"
)
