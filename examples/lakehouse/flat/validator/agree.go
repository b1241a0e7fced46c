package validator

import "fmt"

// playbookAgrees holds those who may be asked against the target and the roster.
func playbookAgrees(n node, people *People) []Finding {
	target, _ := n.field("target")
	endorsed, _ := n.field("endorsed")
	most := 2 * whole(target)
	var found []Finding
	switch count := len(endorsed.items); {
	case count == 0:
		found = completeness(count, "endorsed must name at least one worker")
	case count > most:
		found = completeness(count, "endorsed names %d workers, and a target of %d allows %d", count, whole(target), most)
	}
	named := map[string]bool{}
	for i, item := range endorsed.items {
		at, id := fmt.Sprintf("endorsed[%d]", i), item.text
		if _, known := people.Worker(id); !known {
			found = append(found, phantom(at, id))
		} else if named[id] {
			found = append(found, repeated(at, id))
		}
		named[id] = true
	}
	return found
}

// fillAgrees holds those who have been sent against the target and the roster.
func fillAgrees(n node, people *People) []Finding {
	target, _ := n.field("target")
	fills, _ := n.field("fills")
	var found []Finding
	switch count := len(fills.items); {
	case count == 0:
		found = completeness(count, "fills must have at least one entry")
	case count != whole(target):
		found = completeness(count, "fills has %d entries, and the target is %d", count, whole(target))
	}
	named := map[string]bool{}
	for i, item := range fills.items {
		worker, _ := item.field("worker")
		name, _ := item.field("name")
		found = append(found, entryAgrees(fmt.Sprintf("fills[%d]", i), worker.text, name.text, people, named)...)
	}
	return found
}

func entryAgrees(at, id, name string, people *People, named map[string]bool) []Finding {
	w, known := people.Worker(id)
	if !known {
		return []Finding{phantom(at, id)}
	}
	var found []Finding
	if named[id] {
		found = append(found, repeated(at, id))
	}
	named[id] = true
	if !w.Active {
		found = append(found, consistency(id, "%s: worker %q is not active", at, id))
	}
	if w.Name != name {
		found = append(found, consistency(id, "%s: worker %q is %q in the roster, not %q", at, id, w.Name, name))
	}
	return found
}

func phantom(at, id string) Finding {
	return consistency(id, "%s: the roster has no worker %q", at, id)
}

func repeated(at, id string) Finding {
	return consistency(id, "%s: worker %q is named before", at, id)
}

func completeness(count int, format string, args ...any) []Finding {
	return []Finding{{Kind: CompletenessKind, Reason: fmt.Sprintf(format, args...), Count: count}}
}

func consistency(worker, format string, args ...any) Finding {
	return Finding{Kind: ConsistencyKind, Reason: fmt.Sprintf(format, args...), Worker: worker}
}
