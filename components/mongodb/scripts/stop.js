// Steps down as soon as a secondary has caught up (20 s at most), and stands for no election for 60 s.
const fs = require("fs");

const key = fs.readFileSync("/run/ladder/server/keyfile", "utf8").replace(/\s/g, "");
const tls = process.env.TLS === "on" ? "&tls=true&tlsCAFile=/run/ladder/tls/ca.crt" : "";
const server = `localhost:${process.env.PORT}/?authSource=local&directConnection=true&serverSelectionTimeoutMS=5000`;

const connection = new Mongo(`mongodb://__system:${key}@${server}${tls}`);
connection.getDB("admin").runCommand({ replSetStepDown: 60, secondaryCatchUpPeriodSecs: 20 });
print("stepped down");
