using System.CommandLine;
using System.Globalization;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.ControlPlane.Templates.Images;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Sandboxes;

namespace KernelGateway.Server.Templates;

/// <summary><c>kernel-gateway templates</c>: what sandboxes are created from, directly in the directory.</summary>
internal sealed class TemplatesCommand
{
    private const string NoFields = "{}";

    private readonly PlaneCommandOptions _plane = new();

    private readonly Argument<string> _name = new("name")
    {
        Description = "The template: lower-case letters, digits, '-' and '_'.",
    };

    private readonly Argument<string> _source = new("source")
    {
        Description = "What becomes the root of sandboxes: a directory, a tar file, compressed with gzip or not, or a directory "
            + "that is an OCI image layout. It is copied.",
    };

    private readonly Option<string?> _file = new("--file", "-f")
    {
        Description = "The template.json that describes it: user, directory, variables, kernels, limits. Default: one without "
            + "fields. An OCI image adds its user, directory and variables where the file has none.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _image = new("--image")
    {
        Description = "The name of the image in an OCI layout. Default: the only one.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _replace = new("--replace")
    {
        Description = "Replace the template of this name, if no sandbox or snapshot was made from it.",
    };

    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Check whether the template could be built, and build nothing.",
    };

    public static Command Create()
    {
        var command = new Command(
            "templates", "Lists, builds and deletes the templates of sandboxes, also while the service runs.");
        foreach (var subcommand in new TemplatesCommand().Build()) command.Subcommands.Add(subcommand);
        return command;
    }

    private IEnumerable<Command> Build()
    {
        var list = new Command(
            "list", "Lists the templates: name, processors, memory, disk, kernels, other names, root directory.");
        list.SetAction((parsed, cancellationToken) => RunAsync(parsed, ListAsync, cancellationToken));
        var build = new Command("build", "Makes a template of a directory or an image.")
        {
            _name, _source, _file, _image, _replace, _dryRun,
        };
        build.SetAction((parsed, cancellationToken) => RunAsync(parsed, BuildAsync, cancellationToken));
        var delete = new Command("delete", "Deletes a template, if no sandbox or snapshot was made from it.") { _name };
        delete.SetAction((parsed, cancellationToken) => RunAsync(parsed, DeleteAsync, cancellationToken));
        foreach (var command in (Command[])[list, build, delete])
        {
            _plane.AddTo(command);
            _plane.AddTemplatesTo(command);
            yield return command;
        }
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, Func<ParseResult, CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        try
        {
            await action(parsed, cancellationToken);
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is SettingsException or TemplateException or StorageException
            or IOException or UnauthorizedAccessException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"kernel-gateway: {exception.Message}");
            return exception is SettingsException or TemplateException ? ExitCodes.Usage : ExitCodes.Failure;
        }
    }

    private async Task ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var templates = new TemplateCatalog(_plane.GetTemplates(parsed)).List();
        var width = templates.Max(template => template.Id.Length);
        foreach (var template in templates)
            await parsed.InvocationConfiguration.Output.WriteLineAsync(Describe(template, width).AsMemory(), cancellationToken);
    }

    private static string Describe(SandboxTemplate template, int width) => string.Create(
        CultureInfo.InvariantCulture,
        $"{template.Id.PadRight(width)}  {template.Cpus} CPUs  {template.MemoryBytes >> 20} MB  {template.DiskBytes >> 20} MB  "
        + $"{Join(template.WarmKernels)}  {Join(template.Aliases)}  {template.RootDirectory ?? "(programs of this machine)"}");

    private static string Join(IReadOnlyList<string> names) => names.Count == 0 ? "-" : string.Join(',', names);

    private async Task BuildAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (name, source) = (parsed.GetRequiredValue(_name), Path.GetFullPath(parsed.GetRequiredValue(_source)));
        if (!Path.Exists(source)) throw new SettingsException($"'{source}' does not exist.");
        var image = parsed.GetValue(_image);
        if (image is not null && !TemplateImage.IsOne(source))
            throw new SettingsException($"--image: '{source}' is a directory without the files of an OCI layout.");
        var json = NoFields;
        if (parsed.GetValue(_file) is { } file)
        {
            if (!File.Exists(file)) throw new SettingsException($"--file: '{file}' does not exist.");
            json = await File.ReadAllTextAsync(file, cancellationToken);
        }

        var templates = OpenDirectory(parsed);
        if (TemplateFile.IsName(name) && templates.Contains(name))
        {
            if (!parsed.GetValue(_replace)) throw new SettingsException($"There is a template '{name}'; --replace replaces it.");
            await RequireUnusedAsync(parsed, name, cancellationToken);
        }

        if (parsed.GetValue(_dryRun))
        {
            templates.Check(name, json);
            return;
        }

        templates.Build(name, json, (root, template) =>
        {
            if (!TemplateImage.IsOne(source)) HostTool.CopyRoot(source, root);
            else TemplateImage.Unpack(source, image, root, limits: null, cancellationToken)?.AddTo(template);
        });
    }

    private async Task DeleteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var name = parsed.GetRequiredValue(_name);
        var templates = OpenDirectory(parsed);
        if (!TemplateFile.IsName(name) || !templates.Contains(name))
            throw new SettingsException($"There is no template '{name}' in '{_plane.GetTemplates(parsed)}'.");
        await RequireUnusedAsync(parsed, name, cancellationToken);
        templates.Remove(name);
    }

    private TemplateDirectory OpenDirectory(ParseResult parsed) => new(_plane.GetTemplates(parsed), HostTool.RemoveTree);

    // The root of a template is a part of the root of its sandboxes.
    private async Task RequireUnusedAsync(ParseResult parsed, string name, CancellationToken cancellationToken)
    {
        await using var database = _plane.CreateDatabase(parsed, _plane.CreateDataDirectory(parsed));
        var store = await ControlPlaneStore.OpenForKeysAsync(database, cancellationToken);
        var users = await store.ListUsersOfTemplateAsync(name, cancellationToken);
        if (users.Count == 0) return;
        throw new SettingsException($"The template '{name}' is in use by sandboxes or snapshots: {string.Join(", ", users)}.");
    }
}
