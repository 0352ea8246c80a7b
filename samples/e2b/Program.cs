using Samples.CodeContexts;
using Samples.CodeInterpreters;
using Samples.Files;
using Samples.Processes;
using Samples.Sandboxes;
using Samples.Variables;
using Samples.WorkingDirectory;

// dotnet run -- NAME...: runs samples. README.md says what each shows.
var samples = new Dictionary<string, Func<Task>>
{
    ["hello-world"] = HelloWorld.RunAsync,
    ["options-of-a-cell"] = OptionsOfACell.RunAsync,
    ["result-fields"] = ResultFields.RunAsync,
    ["errors"] = Errors.RunAsync,
    ["interpret-results"] = InterpretResults.RunAsync,
    ["shared-context"] = SharedContext.RunAsync,
    ["charts"] = Charts.RunAsync,
    ["streaming"] = Streaming.RunAsync,
    ["sandbox-variables"] = SandboxVariables.RunAsync,
    ["process-variables"] = ProcessVariables.RunAsync,
    ["list-directory"] = ListDirectory.RunAsync,
    ["create-directory"] = CreateDirectory.RunAsync,
    ["write-to-file"] = WriteToFile.RunAsync,
    ["read-from-file"] = ReadFromFile.RunAsync,
    ["write-bytes"] = WriteBytes.RunAsync,
    ["read-bytes"] = ReadBytes.RunAsync,
    ["watch-directory"] = WatchDirectory.RunAsync,
    ["start-process"] = StartProcess.RunAsync,
    ["stop-process"] = StopProcess.RunAsync,
    ["stream-stdout"] = StreamStdout.RunAsync,
    ["stream-stderr"] = StreamStderr.RunAsync,
    ["on-process-exit"] = OnProcessExit.RunAsync,
    ["send-stdin"] = SendStdin.RunAsync,
    ["directory-of-the-sandbox"] = OfTheSandbox.RunAsync,
    ["relative-paths"] = RelativePaths.RunAsync,
    ["directory-of-a-process"] = OfAProcess.RunAsync,
    ["sandbox-url"] = SandboxUrl.RunAsync,
    ["timeouts"] = Timeouts.RunAsync,
    ["reconnect"] = Reconnect.RunAsync,
    ["metadata"] = Metadata.RunAsync,
    ["create-context"] = CreateContext.RunAsync,
    ["list-contexts"] = ListContexts.RunAsync,
    ["restart-context"] = RestartContext.RunAsync,
    ["remove-context"] = RemoveContext.RunAsync,
};
if (args.Length == 0 || args.Any(name => !samples.ContainsKey(name)))
{
    Console.Error.WriteLine($"usage: dotnet run -- NAME...\n\nSamples: {string.Join(", ", samples.Keys)}");
    return 2;
}

foreach (var name in args) await samples[name]();
return 0;
