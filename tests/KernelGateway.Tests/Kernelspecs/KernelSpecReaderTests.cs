using FluentAssertions;
using KernelGateway.Kernelspecs;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernelspecs;

public sealed class KernelSpecReaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Every_field_is_read()
    {
        var spec = await ReadAsync(
            """
            {
              "argv": ["python", "-m", "ünï", "{connection_file}"],
              "display_name": "Python \ud83d\udc0d",
              "language": "python",
              "interrupt_mode": "MESSAGE",
              "env": {"A": "1", "B": "${A}"},
              "metadata": {"debugger": true, "when": "2024-01-02T03:04:05Z"},
              "kernel_protocol_version": "5.6",
              "help_links": []
            }
            """);

        spec.Name.Should().Be("name");
        spec.Argv.Should().Equal("python", "-m", "ünï", "{connection_file}");
        spec.DisplayName.Should().Be("Python \U0001F40D");
        spec.Language.Should().Be("python");
        spec.InterruptMode.Should().Be(KernelInterruptMode.Message);
        spec.Environment.Should().Equal(new Dictionary<string, string> { ["A"] = "1", ["B"] = "${A}" });
        ((bool)spec.Metadata["debugger"]!).Should().BeTrue();
        spec.Metadata["when"]!.Type.Should().Be(Newtonsoft.Json.Linq.JTokenType.String, "a string that looks like a date stays a string");
        spec.KernelProtocolVersion.Should().Be("5.6");
        spec.ResourceDirectory.Should().Be(_directory.Path);
    }

    [Test]
    public async Task Missing_fields_have_the_defaults_of_jupyter()
    {
        var spec = await ReadAsync("""{"argv": ["x"], "metadata": null, "kernel_protocol_version": ""}""");

        spec.DisplayName.Should().Be("name");
        spec.Language.Should().BeEmpty();
        spec.InterruptMode.Should().Be(KernelInterruptMode.Signal);
        spec.Environment.Should().BeEmpty();
        spec.Metadata.Should().BeEmpty();
        spec.KernelProtocolVersion.Should().BeNull();
    }

    [TestCase("", "not JSON")]
    [TestCase("[]", "a list, not an object")]
    [TestCase("{\"argv\": [\"x\"]} x", "not JSON")]
    [TestCase("{\"argv\": [\"x\"]} {}", "not JSON")]
    [TestCase("{}", "'argv' is missing")]
    [TestCase("{\"argv\": []}", "'argv'")]
    [TestCase("{\"argv\": \"x\"}", "'argv'")]
    [TestCase("{\"argv\": [\"\"]}", "'argv[0]' is empty")]
    [TestCase("{\"argv\": [\"x\", 1]}", "'argv[1]' is a number, not a string")]
    [TestCase("{\"argv\": [\"x\\u0000\"]}", "NUL")]
    [TestCase("{\"argv\": [\"x\"], \"interrupt_mode\": \"shout\"}", "'interrupt_mode' is 'shout'")]
    [TestCase("{\"argv\": [\"x\"], \"env\": {\"A\": 1}}", "'env.A' is a number")]
    [TestCase("{\"argv\": [\"x\"], \"env\": {\"A=B\": \"1\"}}", "A=B")]
    [TestCase("{\"argv\": [\"x\"], \"env\": []}", "'env' is a list")]
    [TestCase("{\"argv\": [\"x\"], \"metadata\": 1}", "'metadata' is a number")]
    [TestCase("{\"argv\": [\"x\"], \"display_name\": {}}", "'display_name' is an object")]
    public async Task Unusable_field_is_named(string json, string problem)
    {
        var reading = () => ReadAsync(json);

        (await reading.Should().ThrowAsync<KernelSpecFormatException>()).Which.Message.Should().Contain(problem);
    }

    [Test]
    public async Task File_cut_short_anywhere_is_refused()
    {
        const string Json = """{"argv": ["x"], "display_name": "d"}""";
        for (var length = 0; length < Json.Length; length++)
        {
            var reading = () => ReadAsync(Json[..length]);

            await reading.Should().ThrowAsync<KernelSpecFormatException>($"only {length} characters are present");
        }
    }

    [Test]
    public async Task File_too_large_to_be_a_kernelspec_is_not_read()
    {
        var reading = () => ReadAsync("{\"argv\": [\"x\"]}" + new string(' ', 5 * 1024 * 1024));

        (await reading.Should().ThrowAsync<KernelSpecFormatException>()).WithMessage("*limit*");
    }

    private Task<KernelSpec> ReadAsync(string json)
    {
        _directory.Write("kernel.json", json);
        return KernelSpecReader.ReadAsync("name", _directory.Path, CancellationToken.None);
    }
}
