// Brings the replica set and its users to what is wanted, whatever is there: asks every member, does the one step
// that decide.js names, and asks again. Prints a line a step. Exit: 0 finished, 42 refused, 1 out of time.
const fs = require("fs");

load(`${__dirname}/decide.js`);

const REFUSED = 42;
const PAUSE_MS = 2000;
const NOT_YET_INITIALIZED = 94;
const MAJORITY = { w: "majority", wtimeout: 30000 };

const wanted = {
	set: process.env.SET,
	members: process.env.MEMBERS.split(","),
	version: process.env.VERSION,
};
const key = secret("keyfile");
// Those of the backups are there only where backups are taken.
const USERS = ["app", "backup", "restore"];
const passwords = Object.fromEntries(
	USERS.filter((user) => fs.existsSync(`/run/ladder/auth/${user}-password`)).map((user) => [
		user,
		secret(`${user}-password`),
	])
);
const tls = process.env.TLS === "on" ? "&tls=true&tlsCAFile=/run/ladder/tls/ca.crt" : "";

function secret(name) {
	// White space in a key file means nothing to mongod.
	return fs.readFileSync(`/run/ladder/auth/${name}`, "utf8").replace(/\s/g, "");
}

function connect(host) {
	const patience = "directConnection=true&serverSelectionTimeoutMS=4000&connectTimeoutMS=4000";
	return new Mongo(`mongodb://__system:${key}@${host}/?authSource=local&${patience}${tls}`);
}

// What went wrong, in words fit for a log.
function words(error) {
	const text = `${error.codeName || error.name}: ${error.message}`;
	return [key, ...Object.values(passwords)].reduce((said, hidden) => said.split(hidden).join("***"), text);
}

function ask(host) {
	let connection = null;
	try {
		connection = connect(host);
		const admin = connection.getDB("admin");
		const version = admin.runCommand({ buildInfo: 1 }).version;
		const config = configOf(admin);
		if (config === null) {
			return { host, state: "empty", version };
		}
		const primary = admin.runCommand({ hello: 1 }).isWritablePrimary;
		return {
			host,
			state: "configured",
			set: config._id,
			id: String(config.settings.replicaSetId),
			config: Number(config.version),
			hosts: config.members.map((member) => member.host),
			primary,
			version,
			feature: primary ? featureOf(admin) : null,
		};
	} catch (error) {
		return { host, state: "silent", problem: words(error) };
	} finally {
		if (connection !== null) {
			connection.close();
		}
	}
}

function configOf(admin) {
	try {
		return admin.runCommand({ replSetGetConfig: 1 }).config;
	} catch (error) {
		if (error.code === NOT_YET_INITIALIZED) {
			return null;
		}
		throw error;
	}
}

function featureOf(admin) {
	const answer = admin.runCommand({ getParameter: 1, featureCompatibilityVersion: 1 });
	return answer.featureCompatibilityVersion.version;
}

// The server asks every member itself once more, and refuses if one but this holds data (CannotInitializeNodeWithData).
function initiate(admin) {
	const members = wanted.members.map((host, index) => ({ _id: index, host }));
	admin.runCommand({ replSetInitiate: { _id: wanted.set, members } });
}

// With its vote and priority at once: since MongoDB 5.0 a newly added member neither counts as a voter nor can be
// elected until its initial sync is over (MongoDB Manual, "Replica Set Member States", STARTUP2; SERVER-46344).
function add(admin, host) {
	const config = configOf(admin);
	const last = Math.max(...config.members.map((member) => Number(member._id)));
	config.members.push({ _id: last + 1, host });
	config.version = Number(config.version) + 1;
	admin.runCommand({ replSetReconfig: config, maxTimeMS: 30000 });
}

const APP = [
	{ role: "readWrite", db: "app" },
	{ role: "dbAdmin", db: "app" },
];
const READS = ["find", "listCollections", "listIndexes", "collStats"];

// Time series keep their documents in collections of their own, which no privilege on a database covers.
const ROLES = {
	// What a dump of one moment reads: the application's database, and what was written meanwhile. No users.
	backup: [
		{ resource: { db: "app", collection: "" }, actions: READS },
		{ resource: { db: "app", system_buckets: "" }, actions: READS },
		{ resource: { db: "app", collection: "system.js" }, actions: ["find"] },
		{ resource: { db: "local", collection: "oplog.rs" }, actions: ["find"] },
		{ resource: { db: "config", collection: "" }, actions: READS },
	],
	restore: [
		{
			resource: { db: "app", system_buckets: "" },
			actions: [...READS, "insert", "createCollection", "createIndex", "dropCollection"],
		},
	],
};

function setUsers(admin) {
	for (const user of USERS) {
		const known = admin.runCommand({ usersInfo: { user, db: "admin" } }).users.length > 0;
		if (user in passwords) {
			const verb = known ? { updateUser: user } : { createUser: user };
			const roles = rolesOf(admin, user);
			admin.runCommand({ ...verb, pwd: passwords[user], roles, writeConcern: MAJORITY });
		} else if (known) {
			admin.runCommand({ dropUser: user, writeConcern: MAJORITY });
		}
	}
}

function rolesOf(admin, user) {
	const roles = user === "backup" ? [] : [...APP];
	if (ROLES[user]) {
		const role = `ladder_${user}`;
		const known = admin.runCommand({ rolesInfo: { role, db: "admin" } }).roles.length > 0;
		const verb = known ? { updateRole: role } : { createRole: role };
		admin.runCommand({ ...verb, privileges: ROLES[user], roles: [], writeConcern: MAJORITY });
		roles.push({ role, db: "admin" });
	}
	return roles;
}

function raiseFeature(admin) {
	admin.runCommand({ setFeatureCompatibilityVersion: wanted.version, confirm: true, writeConcern: MAJORITY });
}

// Does one step on the member that can take it; an error is said, and the next round decides anew.
function act(decision, seen, done) {
	const primary = seen.find((member) => member.primary);
	let connection = null;
	try {
		connection = connect(primary ? primary.host : wanted.members[0]);
		const admin = connection.getDB("admin");
		switch (decision.step) {
			case "initiate":
				initiate(admin);
				break;
			case "users":
				setUsers(admin);
				done.users = true;
				break;
			case "add":
				add(admin, decision.host);
				break;
			case "feature":
				raiseFeature(admin);
				break;
			default:
				throw new Error(`there is no step ${decision.step}`);
		}
	} catch (error) {
		print(`not done, trying again: ${words(error)}`);
	} finally {
		if (connection !== null) {
			connection.close();
		}
	}
}

function main() {
	const deadline = Date.now() + Number(process.env.DEADLINE_SECONDS) * 1000;
	const done = { users: false };
	let said = "";
	while (Date.now() < deadline) {
		const seen = [];
		for (const host of wanted.members) {
			seen.push(ask(host));
		}
		const decision = decide(wanted, seen, done);
		if (decision.say !== said) {
			said = decision.say;
			print(decision.step === "refuse" ? `REFUSED: ${said}` : said);
		}
		if (decision.step === "finished") {
			return 0;
		}
		if (decision.step === "refuse") {
			return REFUSED;
		}
		if (decision.step !== "wait") {
			act(decision, seen, done);
		}
		sleep(PAUSE_MS);
	}
	print(`out of time; the last thing seen: ${said}`);
	return 1;
}

quit(main());
