using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using KernelGateway.Abstractions.Tests.Support;
using KernelGateway.Sandboxes;
using KernelGateway.Tools;
using KernelGateway.Tools.Results;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Abstractions.Tests.Tools;

/// <summary>The tools for files and commands, and the arguments of calls.</summary>
public sealed class CodeToolTests
{
    private readonly MemoryFiles _files = new();
    private readonly List<(string Command, CommandOptions Options)> _commands = [];

    [TestCaseSource(nameof(Numbers))]
    public async Task Number_can_be_of_any_JSON_library_or_text(object number)
    {
        await CallAsync("run_command", ("command", "x"), ("timeout_seconds", number));

        _commands.Single().Options.Timeout.Should().Be(TimeSpan.FromSeconds(90));
    }

    private static IEnumerable<object> Numbers() =>
        [90, 90L, 90.0, "90", JsonSerializer.SerializeToElement(90), JsonSerializer.SerializeToElement("90"), JsonValue.Create(90), new JValue(90)];

    [TestCaseSource(nameof(Missing))]
    public async Task Optional_argument_can_be_null_or_missing(object? nothing)
    {
        await CallAsync("run_command", ("command", new JValue("x")), ("timeout_seconds", nothing), ("working_directory", nothing));

        _commands.Single().Options.Should().BeEquivalentTo(new { Timeout = TimeSpan.FromMinutes(1), WorkingDirectory = (string?)null });
    }

    private static IEnumerable<object?> Missing() => [null, "", JsonSerializer.SerializeToElement<object?>(null), JValue.CreateNull()];

    [TestCase(0)]
    [TestCase(601)]
    [TestCase(1.5)]
    [TestCase("soon")]
    [TestCase(true)]
    [TestCase(1e300)]
    public async Task Number_out_of_range_is_an_error_that_names_the_range(object number)
    {
        var result = await CallAsync("run_command", ("command", "x"), ("timeout_seconds", number));

        result.Should().BeEquivalentTo(new { Text = "error: The argument 'timeout_seconds' must be a whole number from 1 to 600.", IsError = true });
        _commands.Should().BeEmpty();
    }

    [TestCase("run_code", "code")]
    [TestCase("read_file", "path")]
    [TestCase("write_file", "path")]
    [TestCase("run_command", "command")]
    public async Task Missing_argument_is_named(string tool, string argument)
    {
        (await CallAsync(tool)).Text.Should().Be($"error: The argument '{argument}' is missing.");
        (await CallAsync(tool, (argument, new JObject()))).Text.Should().Be($"error: The argument '{argument}' must be a string.");
    }

    [Test]
    public async Task Schemas_are_JSON_and_name_the_limits()
    {
        await using var tools = Tools(new CodeToolsOptions { MaxTimeout = TimeSpan.FromSeconds(77) });

        var schemas = tools.All.ToDictionary(tool => tool.Name, tool => JObject.Parse(tool.InputSchema));

        ((int?)schemas["run_code"].SelectToken("properties.timeout_seconds.maximum")).Should().Be(77);
        ((int?)schemas["list_files"].SelectToken("properties.depth.maximum")).Should().Be(5);
        schemas["write_file"]["required"]!.Values<string>().Should().Equal("path", "content");
        schemas.Values.Should().OnlyContain(schema => (bool?)schema["additionalProperties"] == false);
        tools.All.Where(tool => tool.IsReadOnly).Select(tool => tool.Name).Should().Equal("read_file", "list_files");
    }

    [Test]
    public async Task Text_is_read_from_a_line_on_and_the_rest_can_be_read_next()
    {
        await _files.WriteTextAsync("a.txt", string.Concat(Enumerable.Range(1, 5).Select(number => $"{number}: {new string('x', 90)}\n")));
        var options = new CodeToolsOptions { Results = new() { MaxTextLength = 200 } };

        var first = await CallAsync("read_file", options, ("path", "a.txt"));
        var next = await CallAsync("read_file", options, ("path", "a.txt"), ("first_line", 3));
        var one = await CallAsync("read_file", options, ("path", "/home/user/a.txt"), ("first_line", 5), ("line_count", 1));
        var beyond = await CallAsync("read_file", options, ("path", "a.txt"), ("first_line", 6));

        first.Text.Should().StartWith("1: x").And.EndWith("\n[lines 1 to 2 of 5; continue with first_line 3]");
        next.Text.Should().StartWith("3: x").And.EndWith("\n[lines 3 to 4 of 5; continue with first_line 5]");
        one.Text.Should().StartWith("5: x").And.EndWith("x\n[lines 5 to 5 of 5]");
        beyond.Should().BeEquivalentTo(new { Text = "error: a.txt has 5 lines.", IsError = true });
    }

    [Test]
    public async Task Short_text_is_read_whole_and_a_line_that_is_too_long_is_cut()
    {
        _files.Contents["/home/user/short"] = [0xEF, 0xBB, 0xBF, (byte)'a', (byte)'\n', (byte)'b'];
        await _files.WriteTextAsync("long", new string('x', 9_000));
        await _files.WriteTextAsync("empty", "");

        (await CallAsync("read_file", ("path", "short"))).Text.Should().Be("a\nb");
        (await CallAsync("read_file", ("path", "long"))).Text.Should().HaveLength(8_000 + "[1000 characters of this line are left out]".Length);
        (await CallAsync("read_file", ("path", "empty"))).Text.Should().Be("The file is empty.");
    }

    [Test]
    public async Task What_is_no_text_is_an_image_or_an_error()
    {
        _files.Contents["/home/user/a.png"] = [0x89, (byte)'P', (byte)'N', (byte)'G', 0, 1];
        _files.Contents["/home/user/a.bin"] = [1, 0, 2];
        _files.Contents["/home/user/a.latin1"] = [(byte)'a', 0xE4];
        _files.Contents["/home/user/large"] = new byte[101];
        _files.Contents["/home/user/directory/a"] = [];
        var options = new CodeToolsOptions { MaxFileBytes = 100 };

        var image = await CallAsync("read_file", options, ("path", "a.png"));
        image.Text.Should().Be("[image 1: image/png, 6 bytes]");
        image.Contents[1].Should().BeOfType<ToolImage>().Which.Data.Length.Should().Be(6);
        (await ErrorAsync("a.bin")).Should().Be("error: a.bin is not text: a binary file of 3 bytes. Examine it with code or a command.");
        (await ErrorAsync("a.latin1")).Should().Contain("is not text");
        (await ErrorAsync("large")).Should().Be("error: large has 101 bytes; at most 100 can be read. Read a part of it with code or a command.");
        (await ErrorAsync("directory/")).Should().Be("error: directory/ is a directory. list_files lists it.");
        (await ErrorAsync("none/a")).Should().Be("error: 'none/a' does not exist.");

        async Task<string> ErrorAsync(string path)
        {
            var result = await CallAsync("read_file", options, ("path", path));
            result.IsError.Should().BeTrue();
            return result.Text;
        }
    }

    [Test]
    public async Task Long_list_of_files_is_cut_and_an_empty_one_says_so()
    {
        var empty = await CallAsync("list_files");
        for (var number = 0; number < 203; number++) await _files.WriteTextAsync($"{number:000}", "x");

        var result = await CallAsync("list_files", ("path", "/home/user"));

        empty.Text.Should().Be("The directory is empty.");
        var lines = result.Text.Split('\n');
        lines.Should().HaveCount(201);
        lines[0].Should().Be("/home/user/000 (1 bytes)");
        lines[^1].Should().Be("[3 more are left out. List a directory below it, or use a smaller depth.]");
    }

    [TestCase(null, "a", "/home/user/a", null)]
    [TestCase("/work/", "a", "/work/a", "/work")]
    [TestCase("/work", "/b", "/b", "/work")]
    [TestCase("/", "a", "/a", "/")]
    public async Task Files_and_commands_relate_to_the_directory_of_the_code(string? directory, string path, string file, string? commands)
    {
        var options = new CodeToolsOptions { Context = new() { WorkingDirectory = directory } };

        await CallAsync("write_file", options, ("path", path), ("content", "x"));
        await CallAsync("run_command", options, ("command", "x"));
        await CallAsync("run_command", options, ("command", "x"), ("working_directory", "/c"));

        _files.Contents.Keys.Should().Equal(file);
        (await CallAsync("read_file", options, ("path", path))).Text.Should().Be("x");
        _commands.Select(call => call.Options.WorkingDirectory).Should().Equal(commands, "/c");
    }

    [Test]
    public async Task Failure_of_the_machine_is_a_result()
    {
        _files.IsFull = true;

        var result = await CallAsync("write_file", ("path", "a"), ("content", "b"));

        result.Should().BeEquivalentTo(new { Text = "error: The disk is full.", IsError = true });
    }

    [Test]
    public async Task Options_that_cannot_be_used_are_refused_by_name()
    {
        Refused(new() { MaxTimeout = TimeSpan.Zero }).Should().Contain(nameof(CodeToolsOptions.MaxTimeout));
        Refused(new() { CodeTimeout = TimeSpan.FromHours(1) }).Should().Contain(nameof(CodeToolsOptions.CodeTimeout));
        Refused(new() { CommandTimeout = TimeSpan.Zero }).Should().Contain(nameof(CodeToolsOptions.CommandTimeout));
        Refused(new() { Context = new() { WorkingDirectory = "work" } }).Should().Contain(nameof(CodeToolsOptions.Context));
        Refused(new() { MaxFileBytes = 0 }).Should().Contain(nameof(CodeToolsOptions.MaxFileBytes));
        await using var usable = Tools(new CodeToolsOptions());

        string Refused(CodeToolsOptions options) => this.Invoking(_ => Tools(options)).Should().Throw<ArgumentException>().Which.Message;
    }

    private Task<ToolResult> CallAsync(string tool, params (string Name, object? Value)[] arguments) => CallAsync(tool, new CodeToolsOptions(), arguments);

    private async Task<ToolResult> CallAsync(string name, CodeToolsOptions options, params (string Name, object? Value)[] arguments)
    {
        await using var tools = Tools(options);
        return await tools.All.Single(tool => tool.Name == name).InvokeAsync(arguments.ToDictionary(argument => argument.Name, argument => argument.Value));
    }

    private CodeTools Tools(CodeToolsOptions options) => new(new NoInterpreter(), _files, new ScriptedCommands((command, given) =>
    {
        _commands.Add((command, given));
        return new CommandOutcome("", "", 0);
    }), options);
}
