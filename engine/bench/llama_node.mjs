// Serves a GGUF file to the bench: one line of JSON in, one out. Run by llama_node.py.
import readline from "node:readline";
import {getLlama} from "node-llama-cpp";

const [modelPath, users, tokens, threads] = process.argv.slice(-4);
const llama = await getLlama({
    gpu: false, build: "never", progressLogs: false, logLevel: "error", maxThreads: Number(threads)
});
const model = await llama.loadModel({modelPath});
const context = await model.createContext({
    sequences: Number(users), contextSize: Number(tokens), threads: Number(threads)
});
const sequences = Array.from({length: Number(users)}, () => context.getSequence());

async function write(sequence, {ids, newTokens, ...options}) {
    await sequence.clearHistory();
    let written = 0;
    for await (const _ of sequence.evaluate(ids, {...options, yieldEogToken: true}))
        if (++written === newTokens) break;
    return written;
}

console.log(JSON.stringify({ready: true}));
for await (const line of readline.createInterface({input: process.stdin})) {
    const texts = JSON.parse(line);
    const written = await Promise.all(texts.map((text, i) => write(sequences[i], text)));
    console.log(JSON.stringify({written: written.reduce((sum, count) => sum + count, 0)}));
}
process.exit(0);
