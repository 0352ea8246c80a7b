using System.Globalization;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>A Jupyter Server as it is, and the gateway: both get the same requests about files and have to answer the same.</summary>
[Platform("Linux")]
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class JupyterServerContentsTests
{
    private const string Token = "token-of-the-gateway";
    private const string Notebook =
        """
        {"type": "notebook", "format": "json", "content": {"nbformat": 4, "nbformat_minor": 5, "metadata": {"z": 1, "a": {"b": []}}, "cells": [
          {"cell_type": "code", "id": "a", "metadata": {"trusted": true}, "execution_count": 1, "source": "a = 1\na", "outputs": [
            {"output_type": "execute_result", "execution_count": 1, "metadata": {},
             "data": {"text/html": "<b>\n</b>", "application/json": {"x": 1.5}, "image/png": "AAAA\n"}},
            {"output_type": "stream", "name": "stdout", "text": "1\r\nä\n"},
            {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a\n"]}]},
          {"cell_type": "markdown", "id": "b", "metadata": {}, "source": ""}]}}
        """;

    // Method, path below /api/contents, body. The expected answer is the other server's.
    private static readonly (string Method, string Path, string? Body)[] Requests =
    [
        ("PUT", "d", """{"type": "directory"}"""),
        ("PUT", "d", """{"type": "directory"}"""),
        ("GET", "d", null),
        ("PUT", "d/a.txt", """{"type": "file", "format": "text", "content": "grüße\n"}"""),
        ("PUT", "d/a.txt", """{"type": "file", "format": "text", "content": "grüße"}"""),
        ("PUT", "d/b%20%C3%A4.bin", """{"type": "file", "format": "base64", "content": "AAEC/w=="}"""),
        ("PUT", "d/c.py", """{"path": "d/c.py"}"""),
        ("PUT", "d/n.ipynb", Notebook),
        ("GET", "d/a.txt", null),
        ("GET", "d/a.txt?content=0", null),
        ("GET", "d/a.txt?format=base64", null),
        ("GET", "d/b%20%C3%A4.bin", null),
        ("GET", "d/b%20%C3%A4.bin?format=text", null),
        ("GET", "d/c.py", null),
        ("GET", "d/n.ipynb", null),
        ("GET", "d/n.ipynb?type=file", null),
        ("GET", "d/n.ipynb?content=0", null),
        ("GET", "d?type=file", null),
        ("GET", "d/a.txt?type=directory", null),
        ("GET", "d/a.txt?format=json", null),
        ("GET", "d/a.txt?content=2", null),
        ("GET", "d/missing", null),
        ("GET", "d/.hidden", null),
        ("POST", "d", """{"type": "file", "ext": ".txt"}"""),
        ("POST", "d", """{"type": "file", "ext": ".txt"}"""),
        ("POST", "d", """{"type": "notebook"}"""),
        ("POST", "d", """{"type": "directory"}"""),
        ("POST", "d", """{"type": "directory"}"""),
        ("POST", "d", """{"copy_from": "d/a.txt"}"""),
        ("POST", "d", """{"copy_from": "d/a-Copy1.txt"}"""),
        ("POST", "d", """{"copy_from": "d/n.ipynb"}"""),
        ("POST", "d/copied.txt", """{"copy_from": "d/a.txt"}"""),
        ("POST", "d", """{"copy_from": "d/missing"}"""),
        ("POST", "missing", """{"type": "file"}"""),
        ("POST", "d/a.txt", """{"type": "file"}"""),
        ("PATCH", "d/a.txt", """{"path": "d/e.csv"}"""),
        ("PATCH", "d/e.csv", """{"path": "d/c.py"}"""),
        ("PATCH", "d/e.csv", """{"path": "d/.e"}"""),
        ("PATCH", "d/e.csv", "{}"),
        ("GET", "d/e.csv/checkpoints", null),
        ("POST", "d/e.csv/checkpoints", null),
        ("GET", "d/e.csv/checkpoints", null),
        ("PUT", "d/e.csv", """{"type": "file", "format": "text", "content": "second"}"""),
        ("POST", "d/e.csv/checkpoints/checkpoint", null),
        ("GET", "d/e.csv", null),
        ("DELETE", "d/e.csv/checkpoints/checkpoint", null),
        ("DELETE", "d/e.csv/checkpoints/checkpoint", null),
        ("GET", "d/n.ipynb/checkpoints", null),
        ("POST", "d/n.ipynb/trust", null),
        ("GET", "d/n.ipynb", null),
        ("PUT", "d/large", """{"type": "file", "format": "base64", "chunk": 1, "content": "AAEC"}"""),
        ("PUT", "d/large", """{"type": "file", "format": "base64", "chunk": 2, "content": "AwQF"}"""),
        ("PUT", "d/large", """{"type": "file", "format": "base64", "chunk": -1, "content": "Bg=="}"""),
        ("PUT", "d/large", """{"type": "notebook", "format": "json", "chunk": 1, "content": {}}"""),
        ("GET", "d/large", null),
        ("PUT", "d/e.csv", """{"format": "text", "content": "x"}"""),
        ("PUT", "d/e.csv", """{"type": "file", "format": "text"}"""),
        ("PUT", "d/e.csv", """{"type": "file", "content": "x"}"""),
        ("PUT", "d/e.csv", """{"type": "directory"}"""),
        ("PUT", "d/.e", """{"type": "file", "format": "text", "content": "x"}"""),
        ("PUT", "d/e.csv", """{"copy_from": "d/c.py"}"""),
        ("PUT", "missing/e", """{"type": "file", "format": "text", "content": "x"}"""),
        ("GET", "d", null),
        ("DELETE", "d/e.csv", null),
        ("DELETE", "d/e.csv", null),
        ("DELETE", "d/.e", null),
        ("DELETE", "", null),
        ("DELETE", "d", null),
        ("GET", "", null),
    ];

    private readonly DirectoryInfo _served = Directory.CreateTempSubdirectory("kernel-gateway-tests-");
    private ServerProcess _gateway = null!;
    private JupyterServerProcess _jupyterServer = null!;

    [OneTimeSetUp]
    public async Task StartBothServers()
    {
        ClientScript.RequirePythonModules("jupyter_server");
        var cancellation = TestContext.CurrentContext.CancellationToken;
        _gateway = await ServerProcess.StartAsync(
            new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = Token },
            cancellation,
            "--warm",
            "none",
            "--working-directory",
            _served.FullName);
        _jupyterServer = await JupyterServerProcess.StartAsync(_gateway.Url, Token, cancellation);
    }

    [OneTimeTearDown]
    public async Task StopBothServers()
    {
        if (_jupyterServer is not null) await _jupyterServer.DisposeAsync();
        if (_gateway is not null) await _gateway.DisposeAsync();
        _served.Delete(recursive: true);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Both_servers_answer_the_same(CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        var differences = new List<string>();
        foreach (var (method, path, body) in Requests)
        {
            var expected = await AnswerAsync(client, _jupyterServer.Url, JupyterServerProcess.Token, method, path, body, cancellationToken);
            var actual = await AnswerAsync(client, _gateway.Url, Token, method, path, body, cancellationToken);
            if (actual != expected) differences.Add($"{method} {path} {body}\n  Jupyter Server: {expected}\n  gateway:        {actual}");
        }

        string.Join("\n", differences).Should().BeEmpty();
    }

    private static async Task<string> AnswerAsync(
        HttpClient client, Uri server, string token, string method, string path, string? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server, $"api/contents/{path}".TrimEnd('/')));
        request.Headers.Authorization = new("token", token);
        if (body is not null) request.Content = new StringContent(body, null, "application/json");
        using var response = await client.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var location = response.Headers.Location?.OriginalString;
        return $"{(int)response.StatusCode} {location} {(text.Length == 0 ? "" : Normalize(Parse(text)))}";
    }

    private static JToken Parse(string text)
    {
        // Dates stay the text they are.
        using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
        return JToken.ReadFrom(reader);
    }

    private static string Normalize(JToken token)
    {
        foreach (var map in token.SelectTokens("$..*").Prepend(token).OfType<JObject>().ToArray())
        {
            // The form of the times is compared, not the times.
            foreach (var name in new[] { "last_modified", "created" })
            {
                if (map[name] is JValue { Value: string time }) map[name] = FormOf(time);
            }

            // Newer versions have the hash; 1.23 does not.
            map.Remove("hash");
            map.Remove("hash_algorithm");

            // Of an error, the status is compared and its text is not, and of a listing the order is not.
            if (map.ContainsKey("reason")) map.RemoveAll();
        }

        if (token is JObject model && model["content"] is JArray children)
            model["content"] = new JArray(children.OrderBy(child => (string?)child["name"], StringComparer.Ordinal));
        return token.ToString(Formatting.None);
    }

    private static string FormOf(string time)
    {
        var formats = new[] { "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'" };
        return DateTime.TryParseExact(time, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? "a time" : time;
    }
}
