package pkpass

import (
	"regexp"
	"strings"
)

const (
	maxActions     = 2
	maxRemoteImage = 2_000_000 // bytes
)

var (
	upcomingInvalid   = Finding{94, "upcoming_invalid", Warning, "", "Wallet leaves out the event or a part of it", "give identifier, name and type \"event\", dates with zone, and the JSON types of Apple's reference"}
	upcomingDuplicate = Finding{94, "upcoming_identifier_duplicate", Warning, "", "Wallet cannot tell the events apart", "give every event an identifier of its own"}
	upcomingImage     = Finding{94, "upcoming_image_invalid", Warning, "", "Wallet does not load the image", "give an https URL, the SHA-256 as 64 hex digits, and at most 2 MB"}
	actionsSurplus    = Finding{95, "featured_actions_surplus", Warning, "", "Wallet shows the first two buttons only", "give at most two featuredActions"}
	actionInvalid     = Finding{95, "featured_action_invalid", Warning, "", "Wallet leaves out the button", "give an identifier and a type of Apple's list"}
	actionDuplicate   = Finding{95, "featured_action_duplicate", Warning, "", "Wallet cannot tell the buttons apart", "give every action an identifier of its own"}
	actionURL         = Finding{95, "featured_action_url_invalid", Warning, "", "the button does nothing", "give an absolute URL, and one that begins with tel: for call"}
)

func checkUpcoming(j *judge) {
	seen := make(map[string]bool)
	for i := range j.d.UpcomingPasses {
		u, at := &j.d.UpcomingPasses[i], top("upcomingPassInformation").item(i)
		j.checkUpcomingMembers(u, at)
		if u.Identifier != "" && seen[u.Identifier] {
			j.report(upcomingDuplicate, at.member("identifier"))
		}
		seen[u.Identifier] = true
		if u.Images != nil {
			j.checkRemoteImage(u.Images.HeaderImage, at.member("images").member("headerImage"))
			j.checkRemoteImage(u.Images.VenueMap, at.member("images").member("venueMap"))
		}
		j.checkStoreIDs(u.AuxiliaryStoreIDs, at.member("auxiliaryStoreIdentifiers"))
	}
}

func (j *judge) checkUpcomingMembers(u *UpcomingPass, at *place) {
	if u.Identifier == "" {
		j.report(upcomingInvalid, at.member("identifier"))
	}
	if u.Name == "" {
		j.report(upcomingInvalid, at.member("name"))
	}
	if u.Type != "event" {
		j.report(upcomingInvalid, at.member("type"), given(u.Type)...)
	}
}

var sha256Form = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

func (j *judge) checkRemoteImage(image *RemoteImage, at *place) {
	if image == nil {
		return
	}
	for i, u := range image.URLs {
		if !isAbsolute(u.URL) || !strings.HasPrefix(u.URL, "https://") ||
			!sha256Form.MatchString(u.SHA256) || u.Size != nil && *u.Size > maxRemoteImage {
			j.report(upcomingImage, at.member("URLs").item(i))
		}
	}
}

var actionTypes = setOf("viewSchedule", "watchTrailer", "listenToMusic", "call", "place", "addToBalance", "order", "shop",
	"membershipBenefits", "bookAppointment", "bookCar", "bookFlight", "bookStay", "viewOffersRewards")

func checkActions(j *judge) {
	seen := make(map[string]bool)
	for i, a := range j.d.FeaturedActions {
		at := top("featuredActions").item(i)
		if a.Identifier == "" {
			j.report(actionInvalid, at.member("identifier"))
		} else if seen[a.Identifier] {
			j.report(actionDuplicate, at.member("identifier"))
		}
		seen[a.Identifier] = true
		switch {
		case !actionTypes[a.Type]:
			j.report(actionInvalid, at.member("type"), given(a.Type)...)
		case !fitsAction(a):
			j.report(actionURL, at.member("url"))
		}
	}
	if len(j.d.FeaturedActions) > maxActions {
		j.report(actionsSurplus, top("featuredActions"))
	}
}

// fitsAction asks nothing of place, which needs something other than a URL.
func fitsAction(a FeaturedAction) bool {
	switch a.Type {
	case "place":
		return true
	case "call":
		return strings.HasPrefix(a.URL, "tel:") && isAbsolute(a.URL)
	default:
		return isAbsolute(a.URL)
	}
}
