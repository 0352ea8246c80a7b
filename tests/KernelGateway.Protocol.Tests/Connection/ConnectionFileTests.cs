using System.Runtime.Versioning;
using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Connection;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Connection;

public class ConnectionFileTests
{
    private const string Good = """
        {
          "shell_port": 57503, "iopub_port": 40885, "stdin_port": 52597, "control_port": 50543, "hb_port": 42540,
          "ip": "127.0.0.1", "key": "a0436f6c-1916-498b-8eb9-e81ab9368e84", "transport": "tcp",
          "signature_scheme": "hmac-sha256", "kernel_name": "python3"
        }
        """;

    private static readonly KernelConnectionInfo Info = new()
    {
        ShellPort = 57503, IOPubPort = 40885, StdinPort = 52597, ControlPort = 50543, HeartbeatPort = 42540,
        Key = "a0436f6c-1916-498b-8eb9-e81ab9368e84", KernelName = "python3",
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("kernelgateway-").FullName;

    private string FilePath => Path.Combine(_directory, "kernel-1.json");

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task File_of_the_reference_is_read()
    {
        await File.WriteAllTextAsync(FilePath, Good);

        ConnectionFile.Read(FilePath).Should().Be(Info);
        (await ConnectionFile.ReadAsync(FilePath)).Should().Be(Info);
    }

    [Test]
    public async Task Written_values_are_read_back()
    {
        var info = Info with
        {
            Transport = KernelTransport.Ipc,
            Ip = "/run/x/kernel-ipc",
            SignatureScheme = "hmac-sha512",
            JupyterSession = "/a.ipynb",
            CurvePublicKey = "p",
            CurveSecretKey = "s",
            ExtraFields = new JObject { ["x"] = new JArray(1, "2024-01-01T00:00:00Z") },
        };

        await ConnectionFile.WriteAsync(FilePath, info);

        (await ConnectionFile.ReadAsync(FilePath)).Should().Be(info);
        Directory.EnumerateFiles(_directory).Should().ContainSingle("the temporary file is removed");
    }

    [Test]
    public async Task Fields_of_the_written_file_are_the_documented_ones()
    {
        await ConnectionFile.WriteAsync(FilePath, Info with { KernelName = null });

        JObject.Parse(await File.ReadAllTextAsync(FilePath)).ToString(Newtonsoft.Json.Formatting.None).Should().Be(
            """{"shell_port":57503,"iopub_port":40885,"stdin_port":52597,"control_port":50543,"hb_port":42540,"ip":"127.0.0.1","key":"a0436f6c-1916-498b-8eb9-e81ab9368e84","transport":"tcp","signature_scheme":"hmac-sha256","kernel_name":""}""");
        ConnectionFile.Read(FilePath).KernelName.Should().BeNull();
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_can_read_the_file_even_when_it_replaces_one_that_all_could()
    {
        await File.WriteAllTextAsync(FilePath, "{}");
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        await ConnectionFile.WriteAsync(FilePath, Info);

        File.GetUnixFileMode(FilePath).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Test]
    public async Task Cancelled_write_leaves_the_old_file_and_nothing_else()
    {
        await File.WriteAllTextAsync(FilePath, Good);
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        await FluentActions.Awaiting(() => ConnectionFile.WriteAsync(FilePath, Info with { ShellPort = 1 }, cancellation.Token))
            .Should().ThrowAsync<OperationCanceledException>();

        ConnectionFile.Read(FilePath).Should().Be(Info);
        Directory.EnumerateFiles(_directory).Should().ContainSingle();
    }

    [Test]
    public async Task Reader_never_sees_half_a_file()
    {
        await ConnectionFile.WriteAsync(FilePath, Info);
        using var done = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            var reads = 0;
            for (; !done.IsCancellationRequested || reads == 0; reads++) ConnectionFile.Read(FilePath).IOPubPort
                .Should().Be(Info.IOPubPort);
            return reads;
        });

        for (var i = 1; i <= 200; i++) await ConnectionFile.WriteAsync(FilePath, Info with { ShellPort = i });
        await done.CancelAsync();

        (await reading).Should().BePositive();
        ConnectionFile.Read(FilePath).ShellPort.Should().Be(200);
    }

    [Test]
    public async Task Missing_directory_is_an_io_error() =>
        await FluentActions.Awaiting(() => ConnectionFile.WriteAsync(Path.Combine(_directory, "none", "k.json"), Info))
            .Should().ThrowAsync<IOException>();

    [Test]
    public async Task Missing_file_is_named()
    {
        FluentActions.Invoking(() => ConnectionFile.Read(FilePath)).Should().Throw<ConnectionFileException>()
            .WithMessage($"Connection file '{FilePath}' does not exist.").Which.Field.Should().BeNull();
        await FluentActions.Awaiting(() => ConnectionFile.ReadAsync(FilePath)).Should().ThrowAsync<ConnectionFileException>();
    }

    [Test]
    public void Directory_in_place_of_a_file_is_an_error_that_names_it() =>
        FluentActions.Invoking(() => ConnectionFile.Read(_directory))
            .Should().Throw<ConnectionFileException>().WithMessage($"*'{_directory}'*");

    [Test]
    public void File_cut_short_anywhere_is_refused_with_its_name()
    {
        var bytes = Encoding.UTF8.GetBytes(Good);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(FilePath, bytes[..length]);

            FluentActions.Invoking(() => ConnectionFile.Read(FilePath))
                .Should().Throw<ConnectionFileException>($"{length} bytes are not a complete file")
                .Which.Path.Should().Be(FilePath);
        }
    }

    [TestCase("not json")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("   \n")]
    [TestCase("{} {}")]
    [TestCase("""{"shell_port": NaN}""")]
    public void Anything_but_a_json_object_is_refused(string text) =>
        Error(text).Field.Should().BeNull();

    [Test]
    public void Endless_file_is_not_read_into_memory() => Error(new string(' ', 100_000)).Message.Should().Contain("65536 bytes");

    [TestCase("shell_port")]
    [TestCase("iopub_port")]
    [TestCase("stdin_port")]
    [TestCase("control_port")]
    [TestCase("hb_port")]
    public void Missing_or_wrong_port_is_named(string field)
    {
        foreach (var value in new[] { null, "null", "0", "-1", "65536", "1.5", "\"many\"", "true", "[1]", "{}", "99999999999999999999" })
        {
            var json = JObject.Parse(Good);
            if (value is null) json.Remove(field);
            else json[field] = JToken.Parse(value);

            var error = Error(json.ToString());

            error.Field.Should().Be(field);
            error.Message.Should().StartWith($"Connection file '{FilePath}': field '{field}' ");
        }
    }

    [TestCase("signature_scheme", "\"hmac-sha3\"", "*'hmac-sha3'*hmac-sha256*")]
    [TestCase("signature_scheme", "5", "*not text*")]
    [TestCase("transport", "\"pgm\"", "*'pgm'*tcp, ipc and inproc*")]
    [TestCase("transport", "1", "*not text*")]
    [TestCase("key", "123", "*not text*")]
    [TestCase("ip", "[]", "*not text*")]
    public void Wrong_field_is_named(string field, string value, string message)
    {
        var json = JObject.Parse(Good);
        json[field] = JToken.Parse(value);

        var error = Error(json.ToString());

        error.Field.Should().Be(field);
        error.Message.Should().Match(message);
    }

    [Test]
    public void Error_never_shows_the_key() =>
        Error(Good.Replace("57503", "0", StringComparison.Ordinal)).ToString().Should().NotContain(Info.Key);

    [Test]
    public void Ports_may_be_text() => Read(Good.Replace("57503", "\"57503\"", StringComparison.Ordinal)).Should().Be(Info);

    [TestCase("*", "127.0.0.1")]
    [TestCase("0.0.0.0", "127.0.0.1")]
    [TestCase("", "127.0.0.1")]
    [TestCase("::", "::1")]
    [TestCase("127.1.2.3", "127.1.2.3")]
    public void Address_to_bind_becomes_one_to_connect_to(string ip, string expected) =>
        Read(Good.Replace("127.0.0.1", ip, StringComparison.Ordinal)).Ip.Should().Be(expected);

    [Test]
    public void Optional_fields_have_the_reference_s_defaults()
    {
        var info = Read("""{"shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5}""");

        info
            .Should().Be(new KernelConnectionInfo { ShellPort = 1, IOPubPort = 2, StdinPort = 3, ControlPort = 4, HeartbeatPort = 5 });
        info.SignatureScheme.Should().Be("hmac-sha256");
        info.CreateSigner().IsEnabled.Should().BeFalse();
    }

    [Test]
    public void Path_prefix_of_ipc_sockets_may_not_be_missing() => Error(
        """{"transport":"ipc","ip":"","shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5}""").Field.Should().Be("ip");

    private ConnectionFileException Error(string text) =>
        FluentActions.Invoking(() => Read(text)).Should().Throw<ConnectionFileException>().Which;

    private KernelConnectionInfo Read(string text)
    {
        File.WriteAllText(FilePath, text);
        return ConnectionFile.Read(FilePath);
    }
}
