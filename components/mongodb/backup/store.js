// What the hooks ask of a server: $ADDRESS is the file that leads to it, $VERB the question. Every name below is one of
// a collection of database `app`; with $NAME, of those whose names begin with it and $BESIDE.
const fs = require("fs");
const crypto = require("crypto");

const OWN = /^ladder_(restore|before)_[a-z0-9_]*__/;
const MAJORITY = { w: "majority", wtimeout: 60000 };
const UNIT = 2n ** 64n;

const { ADDRESS, VERB, NAME, OLD, TAKEN, BESIDE } = process.env;
const uri = fs.readFileSync(ADDRESS, "utf8").match(/^uri: "(.*)"$/m)[1];
const patience = "serverSelectionTimeoutMS=10000&connectTimeoutMS=10000";
const connection = new Mongo(`${uri}&${patience}`);
const admin = connection.getDB("admin");
const app = connection.getDB("app");

const hex = (bytes) => crypto.createHash("sha256").update(bytes).digest();
const digest = (value) => hex(EJSON.stringify(value, { relaxed: false })).subarray(0, 16).toString("hex");
// A manifest is lines of fields.
const word = (name) => name.replace(/[\t\n\r]/g, " ");
const clean = (error) => String(error.message || error).split(uri).join("***");

// What there is, without what the server keeps for itself: of $NAME where that is set, else all but Ladder's own.
function infos(name) {
	return app
		.getCollectionInfos()
		.filter((info) => !info.name.startsWith("system."))
		.filter((info) => (name ? info.name.startsWith(name + BESIDE) : !OWN.test(info.name)))
		.sort((one, other) => (one.name < other.name ? -1 : 1));
}

const own = (info, name) => info.name.slice(name.length + BESIDE.length);

// ------------------------------------------------------------------------------------------ the manifest

// How many bytes a value of a BSON type takes. Source: bsonspec.org.
function length(bytes, type, at) {
	const text = () => 4 + bytes.readInt32LE(at);
	const ends = (from) => bytes.indexOf(0, from) + 1;
	switch (type) {
		case 0x01: case 0x09: case 0x11: case 0x12: return 8;
		case 0x02: case 0x0d: case 0x0e: return text();
		case 0x03: case 0x04: case 0x0f: return bytes.readInt32LE(at);
		case 0x05: return text() + 1;
		case 0x07: return 12;
		case 0x08: return 1;
		case 0x0b: return ends(ends(at)) - at;
		case 0x0c: return text() + 12;
		case 0x10: return 4;
		case 0x13: return 16;
		default: return 0;
	}
}

// The earliest date at a path of a document, ms; null where there is none. A date in a list counts, as it does for the
// server's own deletion.
function earliest(bytes, path, from = 0, listed = false) {
	let found = null;
	let at = from + 4;
	while (bytes[at] !== 0) {
		const type = bytes[at];
		const end = bytes.indexOf(0, at + 1);
		const key = bytes.toString("utf8", at + 1, end);
		let date = null;
		if (listed || key === path[0]) {
			const rest = listed ? path : path.slice(1);
			if (type === 0x09 && rest.length === 0) {
				date = Number(bytes.readBigInt64LE(end + 1));
			} else if (type === 0x04 || (type === 0x03 && rest.length > 0)) {
				date = earliest(bytes, rest, end + 1, type === 0x04);
			}
		}
		if (date !== null && (found === null || date < found)) {
			found = date;
		}
		at = end + 1 + length(bytes, type, end + 1);
	}
	return found;
}

// By when the server deletes documents: paths of dates, each with how long after.
function endings(info, indexes) {
	const found = indexes
		.filter((index) => Number.isFinite(Number(index.expireAfterSeconds ?? NaN)))
		.map((index) => ({ path: Object.keys(index.key)[0].split("."), after: Number(index.expireAfterSeconds) }));
	const after = Number(info.options.expireAfterSeconds ?? NaN);
	if (Number.isFinite(after)) {
		found.push({ path: (info.options.timeseries ? info.options.timeseries.timeField : "_id").split("."), after });
	}
	return found;
}

// What ends by itself is told by when it does: in a minute of the next hours, an hour of the next weeks, or a day.
function period(ends) {
	const ahead = ends - Number(TAKEN);
	const width = ahead < 10800 ? 60 : ahead < 1209600 ? 3600 : 86400;
	const from = Math.floor(ends / width) * width;
	return `${from} to ${from + width}`;
}

// The sum of the hashes of documents, as the server keeps them, does not ask in which order they come.
function contents(collection, name, ends, tell) {
	const lasting = `collection\t${word(name)}`;
	const told = new Map([[lasting, { count: 0, sum: 0n }]]);
	for (const bytes of collection.find({}, {}, { raw: true })) {
		let end = Infinity;
		for (const ending of ends) {
			const date = earliest(bytes, ending.path);
			end = date === null ? end : Math.min(end, date / 1000 + ending.after);
		}
		const what = end === Infinity ? lasting : `expiring\t${period(end)} ${word(name)}`;
		const line = told.get(what) || { count: 0, sum: 0n };
		line.count += 1;
		line.sum = (line.sum + hex(bytes).readBigUInt64LE()) % UNIT;
		told.set(what, line);
	}
	for (const [what, { count, sum }] of told) {
		tell(`${what}\t${count}\t${sum.toString(16).padStart(16, "0")}`);
	}
}

function manifest(tell) {
	for (const info of infos(NAME)) {
		const name = NAME ? own(info, NAME) : info.name;
		if (info.type === "view") {
			tell(`view\t${word(name)}\t1\t${digest(info.options)}`);
			continue;
		}
		const collection = app.getCollection(info.name);
		const indexes = collection.getIndexes();
		if (Object.keys(info.options).length > 0) {
			tell(`options\t${word(name)}\t1\t${digest({ type: info.type, ...info.options })}`);
		}
		for (const { v, ns, background, ...index } of indexes) {
			tell(`index\t${word(name)}.${word(index.name)}\t1\t${digest(index)}`);
		}
		contents(collection, name, endings(info, indexes), tell);
	}
}

// -------------------------------------------------------------------------------------------- the exchange

const rename = (from, to) =>
	admin.runCommand({ renameCollection: `app.${from}`, to: `app.${to}`, writeConcern: MAJORITY });
const isView = (info) => info.type === "view";
const drop = (name) => app.runCommand({ drop: name, writeConcern: MAJORITY });

// What both sides come to, as steps that can each be taken back; a view is made of others and holds nothing.
function exchange(fresh, old) {
	const done = [];
	const move = (from, to) => {
		rename(from, to);
		done.push([from, to]);
	};
	const wanted = infos(fresh);
	const added = wanted.filter((info) => !isView(info)).map((info) => own(info, fresh));
	const there = infos("").filter((info) => !isView(info)).map((info) => info.name);
	try {
		for (const name of new Set([...there, ...added])) {
			if (there.includes(name)) {
				move(name, old + BESIDE + name);
			}
			if (added.includes(name)) {
				take(move, fresh, name, old);
			}
		}
	} catch (error) {
		for (const [from, to] of done.reverse()) {
			rename(to, from);
		}
		print("All was put back as it was.");
		throw error;
	}
	views(wanted.filter(isView), fresh);
}

// An application that writes in the moment when there is no such collection makes one: it stays as well.
function take(move, fresh, name, old) {
	for (let n = 1; ; n++) {
		try {
			move(fresh + BESIDE + name, name);
			return;
		} catch (error) {
			if (error.codeName !== "NamespaceExists" || n > 20) {
				throw error;
			}
			move(name, `${old}${BESIDE}${name}_${n}`);
		}
	}
}

function views(wanted, fresh) {
	for (const info of infos("").filter(isView)) {
		drop(info.name);
	}
	for (const info of wanted) {
		app.runCommand({ create: own(info, fresh), ...info.options, writeConcern: MAJORITY });
		drop(info.name);
	}
}

const isEmpty = (info) => isView(info) || app.getCollection(info.name).findOne() === null;

const verbs = {
	ping: () => app.runCommand({ listCollections: 1, nameOnly: true }),
	version: () => print(admin.runCommand({ buildInfo: 1 }).version),
	empty: () => print(infos("").every(isEmpty) ? "yes" : "no"),
	names: () => infos(NAME).forEach((info) => print(info.name)),
	fixed: () => infos("").filter((info) => info.type === "timeseries").forEach((info) => print(info.name)),
	drop: () => infos(NAME).forEach((info) => drop(info.name)),
	"drop-empty": () => infos(NAME).filter(isEmpty).forEach((info) => drop(info.name)),
	manifest: () => manifest(print),
	adopt: () => exchange(NAME, OLD),
};

try {
	verbs[VERB]();
} catch (error) {
	console.error(`${VERB}: ${error.codeName || error.name}: ${clean(error)}`);
	quit(1);
}
