# Documents in folders, shared through views: the policy of examples/oopsla/gdrive.permit. `data.entities` has each
# entity's attributes and, as an object, everything it lies in, itself included.
package gdrive

import rego.v1

default allow := false

user := data.entities[input.principal].attrs

resource := data.entities[input.resource]

allow if {
	input.action == "read"
	resource.attrs.isPublic
}

allow if {
	input.action == "read"
	resource.within[user.documentsAndFoldersWithViewAccess]
}

allow if {
	input.action in {"read", "write", "share"}
	some document in user.ownedDocuments
	resource.within[document]
}

allow if {
	input.action in {"read", "write", "share"}
	some folder in user.ownedFolders
	resource.within[folder]
}

allow if {
	input.action == "changeOwner"
	input.resource in user.ownedDocuments
}

allow if {
	input.action == "createDocument"
	input.resource in user.ownedFolders
}
