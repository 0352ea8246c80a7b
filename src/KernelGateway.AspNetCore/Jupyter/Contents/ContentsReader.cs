using System.Security.Cryptography;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Answers with files, notebooks and directories.</summary>
internal sealed class ContentsReader(HttpSurface surface, ContentsDirectory directory, NotebookFiles notebooks)
{
    private const string HashAlgorithm = "sha256";

    // A model of an entry and the entry itself, measured.
    private const long EntryCost = 2048;

    private const string BadType = "bad type";

    private static readonly string?[] Types = [ContentsBody.Directory, ContentsBody.File, ContentsBody.Notebook];

    /// <summary>Answers <c>GET</c>.</summary>
    /// <exception cref="ContentsException">It is not possible.</exception>
    public async Task AnswerAsync(HttpContext context, ContentsPath path)
    {
        var query = context.Request.Query;
        var type = query["type"].ToString() is { Length: > 0 } wanted ? wanted : null;

        // Extensions of JupyterLab have types of their own, which are files here.
        if (type is not null && !Types.Contains(type)) type = ContentsBody.File;
        var format = query["format"].ToString() is { Length: > 0 } form ? form : null;
        if (format is not (null or "text" or "base64")) throw ContentsException.BadRequest($"Format '{format}' is invalid");
        var hasContent = Flag(query["content"], "Content", absent: true);
        var hasHash = Flag(query["hash"], "Hash", absent: false);

        var entry = await directory.GetAsync(path, context.RequestAborted);
        if (entry.Type == FileEntryType.Directory)
        {
            if (type is not (null or ContentsBody.Directory)) throw ContentsException.BadRequest($"{path} is a directory, not a {type}", BadType);
            await AnswerDirectoryAsync(context, path, entry, hasContent);
            return;
        }

        if (type == ContentsBody.Directory) throw ContentsException.BadRequest($"{path} is not a directory", BadType);
        var model = ContentsBody.Create(path, entry, type);
        if (!hasContent && !hasHash)
        {
            await ModelWriter.WriteAsync(context, StatusCodes.Status200OK, model, entry.ModifiedTime);
            return;
        }

        await using var file = await directory.Files.OpenReadAsync(ContentsDirectory.TargetOf(entry), context.RequestAborted);
        if (model.Type == ContentsBody.Notebook && hasContent) await AnswerNotebookAsync(context, path, model, entry, file, hasHash);
        else await AnswerFileAsync(context, path, model, entry, file, format, hasContent, hasHash);
    }

    private static bool Flag(string? text, string name, bool absent) => text switch
    {
        null or "" => absent,
        "0" => false,
        "1" => true,
        _ => throw ContentsException.BadRequest($"{name} '{text}' is invalid"),
    };

    private async Task AnswerDirectoryAsync(HttpContext context, ContentsPath path, FileEntry entry, bool hasContent)
    {
        var model = ContentsBody.Create(path, entry);
        if (!hasContent)
        {
            await ModelWriter.WriteAsync(context, StatusCodes.Status200OK, model, entry.ModifiedTime);
            return;
        }

        using var memory = new BodyMemory(surface.Gateway.Memory);
        var children = await directory.ListAsync(entry, context.RequestAborted);
        memory.Add(children.Count * EntryCost);
        var models = children.Select(child => ContentsBody.Create(path.Child(child.Name), child));
        await ModelWriter.WriteDirectoryAsync(context, model, entry.ModifiedTime, models);
    }

    private async Task AnswerNotebookAsync(
        HttpContext context, ContentsPath path, ContentsBody model, FileEntry entry, FileContent file, bool hasHash)
    {
        using var memory = new BodyMemory(surface.Gateway.Memory);
        var (notebook, hash, problem) = await notebooks.ReadAsync(file, path, memory, context.RequestAborted);
        model = model with { Format = "json", Message = problem };
        if (hasHash) model = model with { Hash = hash, HashAlgorithm = HashAlgorithm };
        await ModelWriter.WriteAsync(
            context, model, entry.ModifiedTime, output => ModelWriter.WriteNotebookAsync(output, notebook, context.RequestAborted));
    }

    private static async Task AnswerFileAsync(
        HttpContext context,
        ContentsPath path,
        ContentsBody model,
        FileEntry entry,
        FileContent file,
        string? format,
        bool hasContent,
        bool hasHash)
    {
        using var hash = hasHash ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var isText = (format != "base64" || hasHash) && await FileText.IsTextAsync(file, hash, context.RequestAborted);
        if (hash is not null) model = model with { Hash = TrustedNotebooks.TextOf(hash), HashAlgorithm = HashAlgorithm };
        if (!hasContent)
        {
            await ModelWriter.WriteAsync(context, StatusCodes.Status200OK, model, entry.ModifiedTime);
            return;
        }

        if (format == "text" && !isText) throw ContentsException.BadRequest($"{path} is not UTF-8 encoded", "bad format");
        format ??= isText ? "text" : "base64";
        model = model with
        {
            Format = format,
            Mimetype = model.Mimetype ?? (format == "text" ? "text/plain" : "application/octet-stream"),
        };
        await ModelWriter.WriteAsync(
            context,
            model,
            entry.ModifiedTime,
            output => format == "text"
                ? FileText.WriteTextAsync(file, output, context.RequestAborted)
                : FileText.WriteBase64Async(file, output, context.RequestAborted));
    }
}
