// Decides the next step towards the wanted replica set from what its members said. No calls are made here.
//
// wanted  {set, members: [host:port], version}
// seen    one entry a wanted member, in order: {host, state, ...}
//           state "silent"      with problem (why it could not be asked)
//           state "empty"       it runs and was never part of a set
//           state "configured"  with set, id (of the replica set), config (its version), hosts (all in it), primary
//                               (bool), version (of the server), and, of a primary, feature (compatibility version)
// done    {users}: what this run has completed
//
// Returns {step, say, ...}; step is wait | refuse | initiate | users | add (host) | feature | finished.

function decide(wanted, seen, done) {
	const silent = seen.filter((member) => member.state === "silent");
	const configured = seen.filter((member) => member.state === "configured");

	const wrong = refusal(wanted, configured);
	if (wrong) {
		return { step: "refuse", say: wrong };
	}
	if (configured.length === 0) {
		return beginning(wanted, silent);
	}
	const primaries = configured.filter((member) => member.primary);
	if (primaries.length !== 1) {
		// Two are there for a moment after a network split; the older one steps down by itself.
		const found = primaries.length === 0 ? "no member is primary" : "two members say that they are primary";
		return { step: "wait", say: `${found}; ${states(seen)}` };
	}
	return next(wanted, seen, primaries[0], done);
}

function refusal(wanted, configured) {
	const foreign = configured.find((member) => member.set !== wanted.set);
	if (foreign) {
		return (
			`${foreign.host} belongs to the replica set "${foreign.set}", not to "${wanted.set}": its volume comes ` +
			"from another store. Give this store its own volume, or move the data with a backup and a restore."
		);
	}
	const other = configured.find((member) => member.id !== configured[0].id);
	if (other) {
		return (
			`${configured[0].host} and ${other.host} hold data of two different replica sets (${configured[0].id}, ` +
			`${other.id}): joined, one would lose all of it. Find out which is the right one, move the other volume ` +
			"away, and run this again."
		);
	}
	const newest = configured.reduce((best, member) => (!best || member.config > best.config ? member : best), null);
	const unwanted = newest ? newest.hosts.filter((host) => !wanted.members.includes(host)) : [];
	if (unwanted.length > 0) {
		return (
			`${unwanted.join(", ")} is a member of the replica set, but no longer wanted: taking members away is not ` +
			"done here, because it can end the majority. Set replicas to what it was."
		);
	}
	return null;
}

// A set is made only when every single member was seen empty: one that cannot be asked may hold all the data.
function beginning(wanted, silent) {
	if (silent.length > 0) {
		const who = silent.map((member) => `${member.host} (${member.problem})`).join(", ");
		return { step: "wait", say: `to initiate, every member must have answered; not yet: ${who}` };
	}
	return { step: "initiate", say: `all of ${wanted.members.join(", ")} are empty: initiating ${wanted.set}` };
}

function next(wanted, seen, primary, done) {
	if (!done.users) {
		return { step: "users", say: `setting the users on ${primary.host}` };
	}
	const missing = seen.filter((member) => !primary.hosts.includes(member.host));
	const ready = missing.find((member) => member.state !== "silent");
	if (ready) {
		return { step: "add", host: ready.host, say: `adding ${ready.host}` };
	}
	if (missing.length > 0) {
		return { step: "wait", say: `${missing[0].host} is to be added and does not answer (${missing[0].problem})` };
	}
	if (primary.feature === wanted.version) {
		return { step: "finished", say: `${wanted.set} is as wanted: ${primary.hosts.join(", ")}` };
	}
	// Until every member runs the new server nothing is written that the old one could not read.
	const behind = seen.find((member) => !`${member.version}.`.startsWith(`${wanted.version}.`));
	if (behind) {
		const runs = behind.version ? `runs ${behind.version}` : "does not answer";
		return { step: "wait", say: `${behind.host} ${runs}; all must run ${wanted.version}` };
	}
	return { step: "feature", say: `all members run ${wanted.version}: raising the feature compatibility version` };
}

function states(seen) {
	return seen.map((member) => `${member.host}: ${member.problem || member.state}`).join(", ");
}
