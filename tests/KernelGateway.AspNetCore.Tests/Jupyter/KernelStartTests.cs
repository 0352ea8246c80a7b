using System.Net;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Launching;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

public class KernelStartTests
{
    private const int TestTimeout = 60_000;
    private const string Wanted = "0aa2f0a5-6c5e-4a3b-9d0e-5f3f0d9b3c11";

    private readonly string _root = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    [TearDown]
    public void RemoveRoot() => Directory.Delete(_root, recursive: true);

    [TestCase("", "")]
    [TestCase("/", "")]
    [TestCase("a/b", "a/b")]
    [TestCase("/a/b/", "a/b")]
    [TestCase("a/b/missing/deeper", "a/b")]
    [TestCase("missing/deeper", "")]
    [TestCase("a/file.ipynb", "a")]
    [TestCase("a/../a/b", "a/b")]
    [CancelAfter(TestTimeout)]
    public async Task Path_selects_the_directory_or_its_closest_parent_that_exists(string path, string expected, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(_root, "a", "b"));
        await File.WriteAllTextAsync(Path.Combine(_root, "a", "file.ipynb"), "{}", cancellationToken);
        await using var server = await StartAsync();

        await server.Client.StartKernelAsync(cancellationToken, new JObject { ["path"] = path });

        Launched(server).WorkingDirectory.Should().Be(Path.TrimEndingDirectorySeparator(Path.Combine(_root, expected)));
    }

    [TestCase("""{"path": "../elsewhere"}""", "'path'")]
    [TestCase("""{"path": "a/../../elsewhere"}""", "'path'")]
    [TestCase("""{"path": 1}""", "'path'")]
    [TestCase("""{"path": "a\u0000b"}""", "'path'")]
    [TestCase("""{"cwd": "/no/such/directory"}""", "'/no/such/directory'")]
    [TestCase("""{"cwd": ["/tmp"]}""", "'cwd'")]
    [TestCase("""{"name": {"kernel": "echo"}}""", "'name'")]
    [TestCase("""{"kernel_id": "my-kernel"}""", "'kernel_id'")]
    [TestCase("""{"kernel_id": 5}""", "'kernel_id'")]
    [TestCase("""{"env": "KERNEL_A=1"}""", "'env'")]
    [TestCase("""{"env": ["KERNEL_A"]}""", "'env'")]
    [TestCase("""{"env": {"KERNEL_A": 1}}""", "'env.KERNEL_A'")]
    [TestCase("""{"env": {"KERNEL_A": null}}""", "'env.KERNEL_A'")]
    [TestCase("""{"env": {"NOT_ALLOWED": {}}}""", "'env.NOT_ALLOWED'")]
    [TestCase("""{"env": {"": "x"}}""", "'env'")]
    [TestCase("""{"env": {"KERNEL=A": "x"}}""", "'env'")]
    [TestCase("""{"env": {"KERNEL\nA": "x"}}""", "'env'")]
    [TestCase("""{"env": {"KERNEL_A": "x\u0000"}}""", "'env.KERNEL_A'")]
    [TestCase("""{"env": {"KERNEL_ID": "seven"}}""", "'env.KERNEL_ID'")]
    [TestCase("not json", "not JSON")]
    [TestCase("[]", "not an object")]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_cannot_be_meant_is_400_and_starts_nothing(string body, string named, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        using var response = await server.Client.PostRawAsync(
            "/api/kernels", Encoding.UTF8.GetBytes(body), "application/json", cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.BadRequest, "Bad Request", cancellationToken)).Should().Contain(named);
        server.Provisioner.Launches.Count.Should().Be(0);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Directory_of_our_own_field_wins_over_the_path_and_may_be_anywhere(CancellationToken cancellationToken)
    {
        var sub = Directory.CreateDirectory(Path.Combine(_root, "sub")).FullName;
        await using var server = await StartAsync();

        await server.Client.StartKernelAsync(cancellationToken, new JObject { ["cwd"] = "/tmp/", ["path"] = "sub" });
        await server.Client.StartKernelAsync(cancellationToken, new JObject { ["cwd"] = "sub" });

        server.Provisioner.Launches.Items.Select(launch => launch.WorkingDirectory).Should().Equal("/tmp", sub);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Variables_that_are_allowed_reach_the_kernel_and_others_are_named_in_the_log_once_and_without_their_value(
        CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(http: options => options.AllowedEnvironment.Add("HTTP_PROXY"));
        var variables = new JObject
        {
            ["KERNEL_USERNAME"] = "ada", ["KERNEL_"] = "", ["HTTP_PROXY"] = "value-one", ["HTTP_PROXY_2"] = "value-two", ["kernel_a"] = "value-three",
        };

        await server.Client.StartKernelAsync(cancellationToken, new JObject { ["env"] = variables });
        await server.Client.StartKernelAsync(cancellationToken, new JObject { ["env"] = variables });

        server.Provisioner.Launches.Items[1].Environment.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["KERNEL_USERNAME"] = "ada", ["KERNEL_"] = "", ["HTTP_PROXY"] = "value-one",
        });
        server.Log.Entries.Where(entry => entry.EventId.Id == 5021).Should().ContainSingle()
            .Which.Message.Should().EndWith("kernels are started without HTTP_PROXY_2, kernel_a.");
        server.Log.Text.Should().NotContain("value-");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Star_allows_every_variable_and_an_empty_list_none(CancellationToken cancellationToken)
    {
        var env = new JObject { ["env"] = new JObject { ["ANYTHING"] = "1", ["KERNEL_A"] = "2" } };
        await using var all = await StartAsync(http: options => options.AllowedEnvironment.Add("*"));
        await using var none = await StartAsync(http: options => options.AllowedEnvironment.Clear());

        await all.Client.StartKernelAsync(cancellationToken, env);
        await none.Client.StartKernelAsync(cancellationToken, env);

        Launched(all).Environment.Keys.Should().BeEquivalentTo("ANYTHING", "KERNEL_A");
        Launched(none).Environment.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Directory_of_the_client_is_honoured_where_it_exists_here(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        foreach (var directory in new[] { "/tmp", "/no/such/directory", "tmp" })
        {
            await server.Client.StartKernelAsync(
                cancellationToken, new JObject { ["env"] = new JObject { ["KERNEL_WORKING_DIR"] = directory } });
        }

        server.Provisioner.Launches.Items.Select(launch => launch.WorkingDirectory).Should().Equal("/tmp", _root, _root);
        server.Provisioner.Launches.Items[1].Environment["KERNEL_WORKING_DIR"].Should().Be("/no/such/directory");
    }

    [TestCase("""{"kernel_id": "0AA2F0A5-6C5E-4A3B-9D0E-5F3F0D9B3C11"}""")]
    [TestCase("""{"env": {"KERNEL_ID": "0aa2f0a5-6c5e-4a3b-9d0e-5f3f0d9b3c11"}}""")]
    [CancelAfter(TestTimeout)]
    public async Task Id_that_is_asked_for_is_given_and_asked_for_again_gives_the_same_kernel(string body, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        var first = await server.Client.StartKernelAsync(cancellationToken, JObject.Parse(body));
        var second = await server.Client.StartKernelAsync(cancellationToken, JObject.Parse(body));

        first.Id().Should().Be(Wanted);
        second.Id().Should().Be(Wanted);
        server.Provisioner.Launches.Count.Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_kernelspec_is_500_and_the_message_lists_what_there_is(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        using var response = await server.Client.PostJsonAsync("/api/kernels", new JObject { ["name"] = "cobol" }, cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.InternalServerError, "Internal Server Error", cancellationToken))
            .Should().StartWith("No kernelspec is named 'cobol'. Installed: echo.");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Limit_of_kernels_is_403_with_a_reason_of_its_own(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(options => options.Contexts.MaxContexts = 1);
        await server.Client.StartKernelAsync(cancellationToken);

        using var response = await server.Client.PostJsonAsync("/api/kernels", new JObject(), cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.Forbidden, "Resource Limit", cancellationToken)).Should().Contain("1");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Start_that_fails_is_500_with_the_exit_code_and_what_the_kernel_wrote(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();
        server.Provisioner.BeforeLaunch = _ => throw KernelLaunchException.ExitedEarly("echo", new KernelExit(3, null), "no such library");

        using var response = await server.Client.PostJsonAsync("/api/kernels", new JObject(), cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.InternalServerError, "Internal Server Error", cancellationToken))
            .Should().Contain("3").And.Contain("no such library");
        (await server.Client.GetTokenAsync("/api/kernels", cancellationToken)).Should().BeEmpty();
    }

    [TestCase(null)]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("text/plain; charset=utf-8")]
    [CancelAfter(TestTimeout)]
    public async Task Undeclared_JSON_is_accepted_with_the_token(string? mediaType, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();

        using var response = await server.Client.PostRawAsync(
            "/api/kernels", Encoding.UTF8.GetBytes($$"""{"kernel_id": "{{Wanted}}"}"""), mediaType, cancellationToken);

        (await response.ObjectAsync(HttpStatusCode.Created, cancellationToken)).Id().Should().Be(Wanted);
    }

    [TestCase(null)]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("text/plain")]
    [CancelAfter(TestTimeout)]
    public async Task Undeclared_JSON_is_refused_where_a_page_of_any_site_could_have_sent_it(string? mediaType, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(http: options => options.Authentication = KernelGatewayAuthentication.None);
        var own = server.Address.GetLeftPart(UriPartial.Authority);

        foreach (var (header, value) in new[] { ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", own) })
        {
            using var client = server.NewClient();
            client.DefaultRequestHeaders.Add(header, value);
            using var response = await client.PostRawAsync("/api/kernels", "{}"u8.ToArray(), mediaType, cancellationToken);

            await response.ErrorAsync(HttpStatusCode.UnsupportedMediaType, "Unsupported Media Type", cancellationToken);
        }
    }

    [TestCase(null)]
    [TestCase("same-origin")]
    [CancelAfter(TestTimeout)]
    public async Task Undeclared_JSON_is_taken_without_a_token_from_programs_and_from_pages_of_ours(string? site, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(http: options => options.Authentication = KernelGatewayAuthentication.None);
        using var client = server.NewClient();
        if (site is not null) client.DefaultRequestHeaders.Add("Sec-Fetch-Site", site);

        using var response = await client.PostRawAsync(
            "/api/kernels", Encoding.UTF8.GetBytes($$"""{"kernel_id": "{{Wanted}}"}"""), "text/plain;charset=UTF-8", cancellationToken);

        (await response.ObjectAsync(HttpStatusCode.Created, cancellationToken)).Id().Should().Be(Wanted);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_is_too_long_is_413_in_the_same_form(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(http: options => options.MaxRequestBodyBytes = 1024);

        using var response = await server.Client.PostJsonAsync(
            "/api/kernels", new JObject { ["name"] = new string('x', 2048) }, cancellationToken);

        await response.ErrorAsync(HttpStatusCode.RequestEntityTooLarge, "Payload Too Large", cancellationToken);
    }

    private static KernelLaunch Launched(GatewayServer server) => server.Provisioner.Launches.Items.Should().ContainSingle().Subject;

    private Task<GatewayServer> StartAsync(Action<KernelGatewayOptions>? options = null, Action<KernelGatewayHttpOptions>? http = null) =>
        GatewayServer.StartAsync(
            gateway =>
            {
                gateway.DefaultWorkingDirectory = _root;
                options?.Invoke(gateway);
            },
            http);
}
