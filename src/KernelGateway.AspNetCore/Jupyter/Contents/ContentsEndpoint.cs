using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary><c>/api/contents</c>: files, notebooks and directories below the served directory.</summary>
internal sealed class ContentsEndpoint(HttpSurface surface, Lazy<ContentsServices> services)
{
    private const string Route = "/api/contents";

    private ContentsServices Services => services.Value;

    /// <summary><c>/api/nbconvert</c>: the formats to which notebooks can be exported. JupyterLab asks when it starts.</summary>
    public static Task ListExportFormatsAsync(HttpContext context) =>
        JsonAnswer.WriteRawAsync(context, StatusCodes.Status200OK, "{}"u8.ToArray());

    public Task ReadAsync(HttpContext context) => ContentsAnswer.RunAsync(context, async path =>
    {
        Log(context, "read", path);
        if (await Services.Checkpoints.FindRouteAsync(path, context.RequestAborted) is { Id: null } file)
            await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, await Services.Checkpoints.Store.ListAsync(file.Path, context.RequestAborted));
        else
            await Services.Reader.AnswerAsync(context, path);
    });

    public Task CreateAsync(HttpContext context) => ContentsAnswer.RunAsync(context, async path =>
    {
        if (await Services.Checkpoints.TryPostAsync(context, path))
        {
            Log(context, "write", path);
            return;
        }

        if (await Services.Directory.FindAsync(path, context.RequestAborted) is { Type: FileEntryType.File })
            throw ContentsException.BadRequest("Cannot POST to files, use PUT instead.");
        using var read = await JupyterBody.ReadAsync(surface, context, SaveBody.Shape);
        if (read is null) return;
        var body = SaveBody.Read(read.Json);
        if (body.CopyFrom is not { } copied)
        {
            await AnswerCreatedAsync(context, await Services.New.CreateUntitledAsync(path, body, context.RequestAborted));
            return;
        }

        var source = ContentsPath.Parse(copied);
        if (path.IsHidden || source.IsHidden) throw ContentsException.BadRequest($"Cannot copy file or directory '{path}'");
        Log(context, "read", source);
        await AnswerCreatedAsync(context, await Services.New.CopyAsync(source, path, context.RequestAborted));
    });

    public Task SaveAsync(HttpContext context) => ContentsAnswer.RunAsync(context, async path =>
    {
        using var read = await JupyterBody.ReadAsync(surface, context, SaveBody.Shape);
        if (read is null) return;
        var body = SaveBody.Read(read.Json);
        if (read.Json.Count == 0)
        {
            await AnswerCreatedAsync(context, await Services.New.CreateUntitledAsync(path, body, context.RequestAborted));
            return;
        }

        if (body.CopyFrom is not null) throw ContentsException.BadRequest("Cannot copy with PUT, only POST");
        if (path.IsHidden || body.Path is { } other && ContentsPath.Parse(other).IsHidden)
            throw ContentsException.BadRequest($"Cannot create file or directory '{path}'");
        var isNew = await Services.Directory.FindAsync(path, context.RequestAborted) is not { Type: FileEntryType.File };
        var (entry, problem) = await Services.Writer.SaveAsync(path, body, context.RequestAborted);
        Log(context, "write", path);
        await AnswerAsync(context, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, (path, entry), problem);
    });

    public Task MoveAsync(HttpContext context) => ContentsAnswer.RunAsync(context, async path =>
    {
        using var read = await JupyterBody.ReadAsync(surface, context, SaveBody.Shape);
        if (read is null) return;
        if (read.Json.Count == 0 && context.Request.ContentLength is null or 0) throw ContentsException.BadRequest("JSON body missing");
        var target = SaveBody.Read(read.Json).Path is { } wanted ? ContentsPath.Parse(wanted) : path;
        var entry = await Services.Mover.MoveAsync(path, target, context.RequestAborted);
        surface.SandboxAudit.Moved(context, Services.Directory.PathOf(path), Services.Directory.PathOf(target));
        await AnswerAsync(context, StatusCodes.Status200OK, (target, entry));
    });

    public Task DeleteAsync(HttpContext context) => ContentsAnswer.RunAsync(context, async path =>
    {
        if (!await Services.Checkpoints.TryDeleteAsync(context, path)) await Services.Mover.DeleteAsync(path, context.RequestAborted);
        Log(context, "remove", path);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    });

    private Task AnswerCreatedAsync(HttpContext context, (ContentsPath Path, FileEntry Entry) created)
    {
        Log(context, "write", created.Path);
        return AnswerAsync(context, StatusCodes.Status201Created, created);
    }

    private void Log(HttpContext context, string operation, ContentsPath path) =>
        surface.SandboxAudit.File(context, operation, Services.Directory.PathOf(path));

    private static Task AnswerAsync(
        HttpContext context, int status, (ContentsPath Path, FileEntry Entry) found, string? problem = null)
    {
        context.Response.Headers.Location = GatewayUrl.Create(
            context.Request, Route, ["api", "contents", .. found.Path.ToString().Split('/', StringSplitOptions.RemoveEmptyEntries)]);
        return ModelWriter.WriteAsync(
            context, status, ContentsBody.Create(found.Path, found.Entry) with { Message = problem }, found.Entry.ModifiedTime);
    }
}
