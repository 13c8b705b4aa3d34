package placeholder

import (
	"slices"
	"strings"
)

// Facts are the names that stand for something else than the value of a field.
// Beside these there is person. and any attribute of the holder.
var Facts = []string{
	"account.balance", "account.goal", "account.left", "account.rewards", "account.tier", "account.total", "account.uses",
	"campaign.name", "code", "expires", "externalId", "issued", "localId", "pageUrl",
	"person.email", "person.name", "person.phone", "publicId", "serialNumber", "updated",
}

// families are the beginnings of names that are never keys of fields, unless they
// are quoted.
var families = []string{"account.", "campaign.", "person."}

func inFamily(name string) bool {
	return slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(name, f) })
}

func isFact(name string) bool {
	attribute, ok := strings.CutPrefix(name, "person.")
	return ok && attribute != "" || slices.Contains(Facts, name)
}
