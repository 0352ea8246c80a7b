using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Envd.Files;

/// <summary><c>POST /files/compose</c>: joins files into one.</summary>
internal sealed class ComposeEndpoint(HttpSurface surface, LocalSandbox sandbox)
{
    private static readonly BodyShape Shape = BodyShape.Object(
        ("source_paths", BodyShape.Whole), ("destination", BodyShape.Value), ("username", BodyShape.Value));

    public Task HandleAsync(HttpContext context) => FileAnswers.RunAsync(context, async () =>
    {
        using var body = await surface.Body.ReadAsync(context, Shape, (_, problem) => throw Invalid(problem));
        if (body is null) return;
        var sources = ReadPaths(body.Json["source_paths"]);
        if (sources.Length == 0) throw Invalid("source_paths must not be empty");
        if (ReadText(body.Json["destination"], "destination") is not { Length: > 0 } destination)
            throw Invalid("destination is required");
        using var abort = surface.AbortWhenStopping(context);
        var files = FileAnswers.GetFiles(sandbox, ReadText(body.Json["username"], "username"));
        var entry = await ComposeAsync(files, sources, destination, context.RequestAborted);
        surface.SandboxAudit.File(context, "write", entry.Path);
        foreach (var source in sources) surface.SandboxAudit.File(context, "remove", files.ResolvePath(source));
        var answer = new JObject { ["path"] = entry.Path, ["name"] = entry.Name, ["type"] = "file" };
        await JsonAnswer.WriteTokenAsync(context, StatusCodes.Status200OK, answer);
    });

    private static async Task<FileEntry> ComposeAsync(
        SandboxFiles files, string[] sources, string destination, CancellationToken cancellationToken)
    {
        try
        {
            return await files.ComposeAsync(sources, destination, cancellationToken);
        }
        catch (SandboxFileException exception)
        {
            var isSource = sources.Any(source => files.ResolvePath(source) == exception.Path);
            throw exception.Reason switch
            {
                FileErrorReason.NotFound when isSource => new EnvdException(
                    StatusCodes.Status404NotFound, $"source file not found: {exception.Path}", exception),
                FileErrorReason.NotARegularFile or FileErrorReason.IsADirectory when isSource => new EnvdException(
                    StatusCodes.Status400BadRequest, $"source path is not a regular file: {exception.Path}", exception),
                FileErrorReason.NoSpace or FileErrorReason.FileTooLarge => new EnvdException(
                    StatusCodes.Status507InsufficientStorage, "not enough disk space available", exception),
                _ => new EnvdException(FileErrors.GetStatus(exception.Reason), exception.Message, exception),
            };
        }
    }

    private static string[] ReadPaths(JToken? value) => value switch
    {
        null or { Type: JTokenType.Null } => [],
        JArray paths => [.. paths.Select(path => ReadText(path, "source_paths") ?? throw Invalid("source_paths: a path is null"))],
        _ => throw Invalid("source_paths is not a list of strings"),
    };

    private static string? ReadText(JToken? value, string name) => value?.Type switch
    {
        null or JTokenType.Null => null,
        JTokenType.String => (string?)value,
        _ => throw Invalid($"{name} is not a string"),
    };

    private static EnvdException Invalid(string problem) => new(StatusCodes.Status400BadRequest, problem);
}
