package passtools

import (
	"pocketpass/server/access"
	"pocketpass/store"
)

// Who may do what.
var (
	readers = access.Any
	writers = []store.Role{store.Admin, store.Issuer}
)

// routes lists every endpoint with the revision that it came with. What ends in
// id/{externalId} is the same by external id.
var routes = []route{
	{"GET", "/system/status", 0, nil, (*Service).status},

	{"GET", "/template/headers", 0, readers, (*Service).listTemplates},
	{"GET", "/template/{templateId}", 0, readers, (*Service).getTemplate},
	{"GET", "/template/id/{externalId}", 2, readers, (*Service).getTemplate},
	{"POST", "/template", 2, writers, (*Service).createTemplate},
	{"POST", "/template/{projectId}", 2, writers, (*Service).createTemplate},
	{"POST", "/template/id/{externalId}", 2, writers, (*Service).createTemplate},
	{"POST", "/template/{projectId}/id/{externalId}", 2, writers, (*Service).createTemplate},
	{"PUT", "/template/{templateId}", 2, writers, (*Service).replaceTemplate},
	{"PUT", "/template/id/{externalId}", 2, writers, (*Service).replaceTemplate},
	{"DELETE", "/template/{templateId}", 0, writers, (*Service).deleteTemplate},
	{"DELETE", "/template/id/{externalId}", 2, writers, (*Service).deleteTemplate},
	{"POST", "/template/duplicate/{templateId}", 2, writers, (*Service).duplicateTemplate},
	{"POST", "/template/duplicate/id/{externalId}", 2, writers, (*Service).duplicateTemplate},

	{"POST", "/template/{templateId}/locations", 2, writers, (*Service).addTemplatePlaces},
	{"POST", "/template/id/{externalId}/locations", 2, writers, (*Service).addTemplatePlaces},
	{"DELETE", "/template/{templateId}/location/{locationId}", 2, writers, (*Service).deleteTemplatePlace},
	{"DELETE", "/template/id/{externalId}/location/{locationId}", 2, writers, (*Service).deleteTemplatePlace},

	{"GET", "/pass", 0, readers, (*Service).listPasses},
	{"GET", "/pass/{passId}", 0, readers, (*Service).getPass},
	{"GET", "/pass/id/{externalId}", 1, readers, (*Service).getPass},
	{"POST", "/pass/{templateId}", 0, writers, (*Service).createPass},
	{"POST", "/pass/{templateId}/id/{externalId}", 1, writers, (*Service).createPass},
	{"POST", "/pass/id/{templateExternalId}", 2, writers, (*Service).createPass},
	{"POST", "/pass/id/{templateExternalId}/id/{externalId}", 2, writers, (*Service).createPass},
	{"PUT", "/pass/{passId}", 0, writers, (*Service).updatePass},
	{"PUT", "/pass/id/{externalId}", 1, writers, (*Service).updatePass},
	{"DELETE", "/pass/{passId}", 0, writers, (*Service).deletePass},
	{"DELETE", "/pass/id/{externalId}", 1, writers, (*Service).deletePass},
	{"PUT", "/pass/{passId}/push", 0, writers, (*Service).pushPass},
	{"PUT", "/pass/id/{externalId}/push", 1, writers, (*Service).pushPass},
	{"GET", "/pass/{passId}/download", 0, readers, (*Service).downloadPass},
	{"GET", "/pass/id/{externalId}/download", 1, readers, (*Service).downloadPass},
	{"GET", "/pass/{passId}/viewJSONPass", 0, readers, (*Service).viewPass},
	{"GET", "/pass/id/{externalId}/viewJSONPass", 1, readers, (*Service).viewPass},
	{"POST", "/pass/{passId}/locations", 0, writers, (*Service).addPassPlaces},
	{"POST", "/pass/id/{externalId}/locations", 1, writers, (*Service).addPassPlaces},
	{"DELETE", "/pass/{passId}/location/{locationId}", 0, writers, (*Service).deletePassPlace},
	{"DELETE", "/pass/id/{externalId}/location/{locationId}", 1, writers, (*Service).deletePassPlace},
	{"GET", "/pass/{passId}/tags", 2, readers, (*Service).getPassTags},
	{"GET", "/pass/id/{externalId}/tags", 2, readers, (*Service).getPassTags},
	{"PUT", "/pass/{passId}/tags", 1, writers, (*Service).addPassTags},
	{"PUT", "/pass/id/{externalId}/tags", 1, writers, (*Service).addPassTags},

	{"GET", "/tag", 1, readers, (*Service).listTags},
	{"GET", "/tag/{tag}/passes", 1, readers, (*Service).listTagged},
	{"PUT", "/tag/{tag}/passes", 1, writers, (*Service).reviseTagged},
	{"DELETE", "/tag/{tag}", 1, writers, (*Service).deleteTag},
	{"DELETE", "/tag/{tag}/passes", 1, writers, (*Service).emptyTag},
	{"DELETE", "/tag/{tag}/pass/{passId}", 1, writers, (*Service).untagPass},
	{"DELETE", "/tag/{tag}/pass/id/{externalId}", 1, writers, (*Service).untagPass},

	{"GET", "/ticket/{ticketId}", 1, readers, (*Service).getTicket},

	{"GET", "/project", 2, readers, (*Service).listProjects},
	{"GET", "/project/{projectId}", 2, readers, (*Service).getProject},
	{"GET", "/project/id/{externalId}", 2, readers, (*Service).getProject},
	{"POST", "/project", 2, writers, (*Service).createProject},
	{"POST", "/project/id/{externalId}", 2, writers, (*Service).createProject},
	{"POST", "/project/{layoutId}", 2, writers, (*Service).createFromLayout},
	{"PUT", "/project/{projectId}", 2, writers, (*Service).updateProject},
	{"PUT", "/project/id/{externalId}", 2, writers, (*Service).updateProject},
	{"DELETE", "/project/{projectId}", 2, writers, (*Service).deleteProject},
	{"DELETE", "/project/id/{externalId}", 2, writers, (*Service).deleteProject},

	{"POST", "/location", 0, writers, (*Service).addAddress},

	// What came later, most of it other ways to the same.
	{"GET", "/pass/template/{templateId}/id/{externalId}", 2, readers, (*Service).getPass},
	{"POST", "/pass/template/{templateId}/id/{externalId}", 2, writers, (*Service).createPass},
	{"PUT", "/pass/template/{templateId}/id/{externalId}", 2, writers, (*Service).updatePass},
	{"DELETE", "/pass/template/{templateId}/id/{externalId}", 2, writers, (*Service).deletePass},
	{"GET", "/pass/template/id/{templateExternalId}/id/{externalId}", 2, readers, (*Service).getPass},
	{"POST", "/pass/template/id/{templateExternalId}/id/{externalId}", 2, writers, (*Service).createPass},
	{"PUT", "/pass/template/id/{templateExternalId}/id/{externalId}", 2, writers, (*Service).updatePass},
	{"DELETE", "/pass/template/id/{templateExternalId}/id/{externalId}", 2, writers, (*Service).deletePass},
	{"POST", "/pass/template/{templateId}/id/{externalId}/locations", 2, writers, (*Service).addPassPlaces},
	{"DELETE", "/pass/template/{templateId}/id/{externalId}/location/{locationId}", 2, writers, (*Service).deletePassPlace},
	{"GET", "/pass/template/{templateId}/id/{externalId}/tags", 2, readers, (*Service).getPassTags},
	{"PUT", "/pass/template/{templateId}/id/{externalId}/tags", 2, writers, (*Service).addPassTags},
	{"GET", "/pass/template/{templateId}/id/{externalId}/download", 2, readers, (*Service).downloadPass},
	{"GET", "/pass/download", 2, readers, (*Service).downloadSeveral},
	{"GET", "/template/{templateId}/passes", 2, readers, (*Service).listPasses},
	{"GET", "/template/id/{externalId}/passes", 2, readers, (*Service).listPasses},
	{"PUT", "/template/{templateId}/passes", 2, writers, (*Service).reviseTemplate},
	{"PUT", "/template/id/{externalId}/passes", 2, writers, (*Service).reviseTemplate},
	{"POST", "/project/duplicate/{projectId}", 2, writers, (*Service).duplicateProject},
	{"POST", "/project/duplicate/id/{externalId}", 2, writers, (*Service).duplicateProject},
	{"GET", "/template/{templateId}/stats", 2, readers, (*Service).templateStats},
	{"GET", "/template/id/{externalId}/stats", 2, readers, (*Service).templateStats},
	{"GET", "/project/{projectId}/stats", 2, readers, (*Service).projectStats},
	{"GET", "/project/id/{externalId}/stats", 2, readers, (*Service).projectStats},
	{"GET", "/tag/{tag}/stats", 2, readers, (*Service).tagStats},
	{"GET", "/pass/id/{externalId}/stats", 2, readers, (*Service).passStats},
	{"GET", "/download/pass/{uuid}", 2, nil, (*Service).downloadPublic},
	{"GET", "/templates/{templateId}", 2, readers, (*Service).getDocument},
}
