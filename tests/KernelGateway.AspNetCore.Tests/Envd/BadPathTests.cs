using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd;

/// <summary>Every operation on a path that it cannot use: the documented status and code, and nothing is written.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
public class BadPathTests
{
    private const int TestTimeout = 60_000;
    private static readonly string[] Methods = ["Stat", "ListDir", "MakeDir", "Remove", "CreateWatcher"];

    private const string AllInvalid =
        "Stat 400 invalid_argument, ListDir 400 invalid_argument, MakeDir 400 invalid_argument, Remove 400 invalid_argument, "
        + "CreateWatcher 400 invalid_argument, move from 400 invalid_argument, move to 400 invalid_argument, "
        + "download 400, upload 400, atomic upload 400, compose 400";

    [TestCase("a\0b", AllInvalid)]
    [TestCase("long path", AllInvalid)]
    [TestCase("long name", AllInvalid)]
    [TestCase("~other", AllInvalid)]
    [TestCase(
        "loop/x",
        "Stat 400 failed_precondition, ListDir 400 failed_precondition, MakeDir 400 failed_precondition, Remove 400 failed_precondition, "
        + "CreateWatcher 400 failed_precondition, move from 400 failed_precondition, move to 400 failed_precondition, "
        + "download 400, upload 400, atomic upload 400, compose 400")]
    [TestCase(
        "file/x",
        "Stat 400 invalid_argument, ListDir 400 invalid_argument, MakeDir 400 invalid_argument, Remove 400 invalid_argument, "
        + "CreateWatcher 400 invalid_argument, move from 500 internal, move to 500 internal, "
        + "download 400, upload 500, atomic upload 500, compose 400")]
    [CancelAfter(TestTimeout)]
    public async Task Operation_is_refused_with_its_code(string name, string expected, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("file"), "kept", cancellationToken);
        File.CreateSymbolicLink(server.PathOf("loop"), "loop");
        var path = name switch
        {
            "~other" => name,
            "long path" => server.PathOf(string.Concat(Enumerable.Repeat("directory/", 500))),
            "long name" => server.PathOf(new string('n', 256)),
            _ => $"{server.Folder}/{name}",
        };
        var outcomes = new List<string>();

        foreach (var method in Methods) outcomes.Add($"{method} {await CallAsync(method, new() { ["path"] = path })}");
        outcomes.Add($"move from {await CallAsync("Move", new() { ["source"] = path, ["destination"] = server.PathOf("new") })}");
        outcomes.Add($"move to {await CallAsync("Move", new() { ["source"] = server.PathOf("file"), ["destination"] = path })}");
        using var download = await server.Client.GetAsync(FilesOf(path), cancellationToken);
        outcomes.Add($"download {(int)download.StatusCode}");
        outcomes.Add($"upload {await UploadAsync(FilesOf(path))}");
        outcomes.Add($"atomic upload {await UploadAsync($"{FilesOf(path)}&atomic=true")}");
        var parts = new JObject { ["source_paths"] = new JArray(server.PathOf("file")), ["destination"] = path };
        using var composed = await server.Client.PostJsonAsync("/files/compose", parts, cancellationToken);
        outcomes.Add($"compose {(int)composed.StatusCode}");

        string.Join(", ", outcomes).Should().Be(expected);
        Directory.EnumerateFileSystemEntries(server.Folder).Select(Path.GetFileName).Should().BeEquivalentTo("file", "loop");
        (await File.ReadAllTextAsync(server.PathOf("file"), cancellationToken)).Should().Be("kept");

        async Task<string> CallAsync(string method, JObject request)
        {
            using var response = await server.CallAsync(method, request, cancellationToken);
            var answer = await response.JsonAsync(cancellationToken);
            return $"{(int)response.StatusCode} {answer["code"]}";
        }

        async Task<int> UploadAsync(string url)
        {
            using var response = await server.Client.PostRawAsync(url, "x"u8.ToArray(), "application/octet-stream", cancellationToken);
            return (int)response.StatusCode;
        }
    }

    private static string FilesOf(string path) => $"/files?path={Uri.EscapeDataString(path)}";
}
